/* SPDX-License-Identifier: MIT */
/* make_one() calls libc's clone(2) wrapper with run_one(), long enough for who looks on without stopping it. */
#define _GNU_SOURCE
#include <sched.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char stack[65536] __attribute__((aligned(16)));

static int run_one(void *arg)
{
	usleep(20000);
	return arg == NULL;
}

__attribute__((noinline)) static int make_one(long arg)
{
	int pid = clone(run_one, stack + sizeof(stack), CLONE_VM | CLONE_FS | CLONE_FILES, (void *)arg), status;

	return pid < 0 || waitpid(pid, &status, __WALL) < 0;
}

int main(void)
{
	return make_one(42) + make_one(43);
}

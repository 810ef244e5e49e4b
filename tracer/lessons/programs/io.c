/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define YES(x) ((x) ? "yes" : "no")

#ifdef WITH
#define FLAGS CLONE_IO
#else
#define FLAGS 0
#endif
#define SELF           1, 0 /* of ioprio_set and ioprio_get */
#define BEST_EFFORT(n) (2 << 13 | (n))

static char stack[65536] __attribute__((aligned(16)));

static int child(void *arg)
{
	return arg || syscall(SYS_ioprio_set, SELF, BEST_EFFORT(7));
}

int main(void)
{
	int pid, status;

	if (syscall(SYS_ioprio_set, SELF, BEST_EFFORT(3))) {
		perror("ioprio_set");
		return 77;
	}
	pid = clone(child, stack + 65536, FLAGS | SIGCHLD, NULL);
	if (pid < 0) {
		perror("clone");
		return 77;
	}
	waitpid(pid, &status, 0);
	printf("the child has set level 7: %s\n", YES(status == 0));
	printf("the level of its creator is %ld\n",
		syscall(SYS_ioprio_get, SELF) & 7);
	return 0;
}

/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define YES(x) ((x) ? "yes" : "no")

#ifdef WITH
#define FLAGS (CLONE_VM | CLONE_CHILD_CLEARTID)
#else
#define FLAGS CLONE_VM
#endif
#define FUTEX_WAIT 0

static char stack[65536] __attribute__((aligned(16)));
static volatile int word = 1;

static int child(void *arg)
{
	usleep(50000);
	return arg != NULL;
}

int main(void)
{
	struct timespec patience = { .tv_nsec = 500000000 };
	int pid = clone(
		child, stack + 65536, FLAGS | SIGCHLD, NULL, NULL, NULL, &word);
	int err;

	if (pid < 0) {
		perror("clone");
		return 77;
	}
	err = syscall(SYS_futex, &word, FUTEX_WAIT, 1, &patience, NULL, 0);
	waitpid(pid, NULL, 0);
	printf("who sleeps on the word is woken: %s\n",
		YES(err == 0 || word == 0));
	printf("the word is %d\n", word);
	return 0;
}

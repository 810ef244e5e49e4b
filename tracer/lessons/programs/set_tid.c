/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef WITH
#define WANTED 1 /* so many numbers are asked for */
#else
#define WANTED 0
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif

struct args { /* of clone3: struct clone_args */
	unsigned long long flags, pidfd, child_tid, parent_tid, exit_signal;
	unsigned long long stack, stack_size, tls, set_tid, set_tid_size;
};

static char stack[65536] __attribute__((aligned(16)));

/* The first process of a new pid namespace, in which all numbers are free.
 */
static int first(void *arg)
{
	int wanted = 42, status, pid;
	struct args a = { .exit_signal = SIGCHLD };

	a.set_tid = (unsigned long)&wanted * WANTED;
	a.set_tid_size = WANTED;
	pid = syscall(SYS_clone3, &a, sizeof(a));
	if (pid == 0)
		_exit(getpid());
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return 127;
	return arg ? 127 : WEXITSTATUS(status);
}

int main(void)
{
	int flags = CLONE_NEWUSER | CLONE_NEWPID | SIGCHLD, status;
	int pid = clone(first, stack + 65536, flags, NULL);

	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		perror("clone");
		return 77;
	}
	if (WEXITSTATUS(status) == 127) {
		printf("clone3 is refused\n");
		return 77;
	}
	printf("the second process is number %d\n", WEXITSTATUS(status));
	return 0;
}

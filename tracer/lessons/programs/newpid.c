/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define YES(x) ((x) ? "yes" : "no")

/* CLONE_NEWUSER is in both ways: so no right is needed. */
#ifdef WITH
#define FLAGS (CLONE_NEWUSER | CLONE_NEWPID)
#else
#define FLAGS CLONE_NEWUSER
#endif

static char stack[65536] __attribute__((aligned(16)));

static int child(void *arg)
{
	if (arg)
		return 0;
	return (syscall(SYS_getpid) == 1) | (syscall(SYS_getppid) == 0) << 1;
}

int main(void)
{
	int pid = clone(child, stack + 65536, FLAGS | SIGCHLD, NULL), status;

	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		perror("clone");
		return 77;
	}
	printf("to me it has number 1: %s\n", YES(pid == 1));
	printf("to itself it has number 1: %s\n", YES(WEXITSTATUS(status) & 1));
	printf(
		"to itself it has a parent: %s\n", YES(!(WEXITSTATUS(status) & 2)));
	return 0;
}

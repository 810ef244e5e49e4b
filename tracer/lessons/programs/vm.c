/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#ifdef WITH
#define FLAGS CLONE_VM
#else
#define FLAGS 0
#endif

static char stack[65536] __attribute__((aligned(16)));

static int child(void *x)
{
	*(int *)x = 2;
	return 0;
}

int main(void)
{
	int x = 1;
	int pid = clone(child, stack + 65536, FLAGS | SIGCHLD, &x);

	if (pid < 0) {
		perror("clone");
		return 77;
	}
	waitpid(pid, NULL, 0);
	printf("the child has stored 2\n");
	printf("its creator reads %d\n", x);
	return 0;
}

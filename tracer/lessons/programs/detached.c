/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef WITH
#define FLAGS 0x400000 /* CLONE_DETACHED */
#else
#define FLAGS 0
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif

static char stack[65536] __attribute__((aligned(16)));

static int child(void *arg)
{
	return arg != NULL;
}

int main(void)
{
	unsigned long long args[8] = { FLAGS, 0, 0, 0, SIGCHLD };
	int pid = clone(child, stack + 65536, FLAGS | SIGCHLD, NULL);
	int new;

	if (pid < 0) {
		perror("clone");
		return 77;
	}
	printf("clone: taken\n");
	printf("waitpid finds the child: %s\n",
		waitpid(pid, NULL, 0) == pid ? "yes" : "no");
	new = syscall(SYS_clone3, args, sizeof(args));
	if (new == 0)
		_exit(0);
	if (new < 0 && errno != EINVAL) {
		perror("clone3");
		return 77;
	}
	printf("clone3: %s\n", new > 0 ? "taken" : "refused, EINVAL");
	waitpid(new, NULL, 0);
	return 0;
}

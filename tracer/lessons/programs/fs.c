/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define YES(x) ((x) ? "yes" : "no")

#ifdef WITH
#define FLAGS CLONE_FS
#else
#define FLAGS 0
#endif

static char stack[65536] __attribute__((aligned(16)));

static int child(void *where)
{
	return chdir(where);
}

int main(void)
{
	char where[4096] = "/dev";
	int pid, status;

	if (chdir("/") ||
		(pid = clone(child, stack + 65536, FLAGS | SIGCHLD, where)) < 0) {
		perror("clone");
		return 77;
	}
	waitpid(pid, &status, 0);
	printf("the child went to /dev: %s\n", YES(status == 0));
	printf("its creator is in %s\n", getcwd(where, sizeof(where)));
	return 0;
}

/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* CLONE_NEWUSER is in both ways: so no right is needed. */
#ifdef WITH
#define FLAGS (CLONE_NEWUSER | CLONE_NEWCGROUP)
#else
#define FLAGS CLONE_NEWUSER
#endif

static char stack[65536] __attribute__((aligned(16)));
static char mine[64], its[64];

static int child(void *arg)
{
	if (arg || readlink("/proc/self/ns/cgroup", its, sizeof(its) - 1) < 0)
		return 127;
	return strcmp(mine, its) == 0;
}

int main(void)
{
	int pid = -1, status;

	if (readlink("/proc/self/ns/cgroup", mine, sizeof(mine) - 1) > 0)
		pid = clone(child, stack + 65536, FLAGS | SIGCHLD, NULL);
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		perror("clone");
		return 77;
	}
	printf("its namespace is mine: %s\n",
		WEXITSTATUS(status) == 1 ? "yes" : "no");
	return 0;
}

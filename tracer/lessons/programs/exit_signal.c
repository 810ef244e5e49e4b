/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#define YES(x) ((x) ? "yes" : "no")

#ifdef WITH
#define FLAGS SIGCHLD
#else
#define FLAGS 0
#endif

static char stack[65536] __attribute__((aligned(16)));
static volatile sig_atomic_t told;

static void handler(int sig)
{
	told = sig;
}

static int child(void *arg)
{
	return arg != NULL;
}

int main(void)
{
	int pid, found;

	signal(SIGCHLD, handler);
	pid = clone(child, stack + 65536, FLAGS, NULL);
	if (pid < 0) {
		perror("clone");
		return 77;
	}
	found = waitpid(pid, NULL, 0) == pid;
	printf("waitpid finds it: %s\n", YES(found));
	found = found || waitpid(pid, NULL, __WCLONE) == pid;
	printf("waitpid or __WCLONE finds it: %s\n", YES(found));
	printf("SIGCHLD has come: %s\n", YES(told));
	return 0;
}

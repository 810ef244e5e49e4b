/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* CLONE_NEWUSER is in both ways: so no right is needed. */
#ifdef WITH
#define FLAGS (CLONE_NEWUSER | CLONE_NEWUTS)
#else
#define FLAGS CLONE_NEWUSER
#endif

static char stack[65536] __attribute__((aligned(16)));

static int child(void *arg)
{
	if (sethostname("lesson", 6))
		return errno;
	return arg != NULL;
}

int main(void)
{
	char before[256] = "", after[256] = "";
	int pid, status;

	gethostname(before, sizeof(before));
	pid = clone(child, stack + 65536, FLAGS | SIGCHLD, NULL);
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		perror("clone");
		return 77;
	}
	status = WEXITSTATUS(status);
	if (status && FLAGS != CLONE_NEWUSER) {
		printf("sethostname: %s\n", strerror(status));
		return 77;
	}
	gethostname(after, sizeof(after));
	printf("it sets the host name: %s\n", status ? "refused" : "done");
	printf("mine is as before: %s\n", strcmp(before, after) ? "no" : "yes");
	return 0;
}

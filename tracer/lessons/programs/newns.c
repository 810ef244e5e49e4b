/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* CLONE_NEWUSER is in both ways: so no right is needed. */
#ifdef WITH
#define FLAGS (CLONE_NEWUSER | CLONE_NEWNS)
#else
#define FLAGS CLONE_NEWUSER
#endif

static char stack[65536] __attribute__((aligned(16)));

static int child(void *arg)
{
	if (mount("lesson", "/tmp", "tmpfs", 0, NULL))
		return errno;
	return arg != NULL;
}

int main(void)
{
	struct stat before, after;
	int pid, status;

	if (stat("/tmp", &before)) {
		perror("/tmp");
		return 77;
	}
	pid = clone(child, stack + 65536, FLAGS | SIGCHLD, NULL);
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		perror("clone");
		return 77;
	}
	status = WEXITSTATUS(status);
	if (status && FLAGS != CLONE_NEWUSER) {
		printf("mount: %s\n", strerror(status));
		return 77;
	}
	stat("/tmp", &after);
	printf("it mounts on /tmp: %s\n", status ? "refused" : "done");
	printf("my /tmp is as before: %s\n",
		before.st_dev == after.st_dev ? "yes" : "no");
	return 0;
}

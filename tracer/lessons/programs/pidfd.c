/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define YES(x) ((x) ? "yes" : "no")

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif
#ifdef WITH
#define FLAGS CLONE_PIDFD
#else
#define FLAGS 0
#endif

static char stack[65536] __attribute__((aligned(16)));

static int child(void *arg)
{
	usleep(50000);
	return arg != NULL;
}

int main(void)
{
	int fd = -1,
		pid = clone(child, stack + 65536, FLAGS | SIGCHLD, NULL, &fd);
	struct pollfd p = { .events = POLLIN };

	if (pid < 0) {
		perror("clone");
		return 77;
	}
	p.fd = fd;
	printf("there is a descriptor for it: %s\n", YES(fd >= 0));
	printf("poll on it tells of its end: %s\n",
		YES(fd >= 0 && poll(&p, 1, 2000) > 0));
	waitpid(pid, NULL, 0);
	return 0;
}

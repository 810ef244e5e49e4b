/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#define YES(x) ((x) ? "yes" : "no")

/* CLONE_PIDFD, CLONE_AUTOREAP, CLONE_NNP: it can't be had without. */
#define NEEDED 0xc00001000
#ifdef WITH
#define FLAGS (NEEDED | 0x1000000000) /* CLONE_PIDFD_AUTOKILL */
#else
#define FLAGS NEEDED
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif

int main(void)
{
	int pidfd = -1, ends[2], pid;
	unsigned long long args[8] = { FLAGS, (unsigned long)&pidfd };
	struct pollfd p = { .events = POLLIN };

	if (pipe(ends))
		return 77;
	pid = (int)syscall(SYS_clone3, args, sizeof(args));
	if (pid == 0)
		for (;;)
			pause();
	if (pid < 0) {
		printf("clone3: %m (it needs Linux 7.1)\n");
		return 77;
	}
	close(pidfd);
	/* The pipe ends when nobody could write: the child is gone. */
	close(ends[1]);
	p.fd = ends[0];
	printf("it ends with its pidfd: %s\n", YES(poll(&p, 1, 300) > 0));
	if (kill(pid, SIGKILL) == 0)
		poll(&p, 1, 2000);
	return 0;
}

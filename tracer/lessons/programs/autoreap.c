/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define YES(x) ((x) ? "yes" : "no")

#ifdef WITH
#define FLAGS 0x400000000 /* CLONE_AUTOREAP */
#else
#define FLAGS 0
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif

int main(void)
{
	/* struct clone_args; no exit signal. */
	unsigned long long args[8] = { FLAGS };
	siginfo_t info;
	int pid = (int)syscall(SYS_clone3, args, sizeof(args)), found;

	if (pid == 0)
		_exit(3);
	if (pid < 0) {
		printf("clone3: %m (it needs Linux 7.1)\n");
		return 77;
	}
	/* Comes back when it has ended, and leaves it to be waited for. */
	found = waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | __WALL) ==
		0;
	printf("waitid has its status: %s\n", YES(found));
	printf("it is there still: %s\n", YES(kill(pid, 0) == 0));
	return 0;
}

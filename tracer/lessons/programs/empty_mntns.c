/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define YES(x) ((x) ? "yes" : "no")

/* CLONE_NEWUSER is in both ways: so no right is needed. */
#ifdef WITH
#define FLAGS 0x2010000000 /* with CLONE_EMPTY_MNTNS */
#else
#define FLAGS 0x10020000 /* with CLONE_NEWNS */
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif

int main(void)
{
	/* struct clone_args, to exit_signal. */
	unsigned long long args[8] = { FLAGS, 0, 0, 0, SIGCHLD };
	int pid, status;

	if (access("/proc/self", F_OK)) {
		perror("/proc/self");
		return 77;
	}
	pid = (int)syscall(SYS_clone3, args, sizeof(args));
	if (pid == 0)
		_exit(access("/proc/self", F_OK) == 0);
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		printf("clone3: %m (it needs Linux 7.1)\n");
		return 77;
	}
	printf("it finds /proc: %s\n", YES(WEXITSTATUS(status)));
	printf("I find /proc: %s\n", YES(access("/proc/self", F_OK) == 0));
	return 0;
}

/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef WITH
#define FLAGS 0x800000000 /* CLONE_NNP */
#else
#define FLAGS 0
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif

int main(void)
{
	/* struct clone_args, to exit_signal. */
	unsigned long long args[8] = { FLAGS, 0, 0, 0, SIGCHLD };
	int mine = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), pid, status;

	if (mine) {
		printf("no_new_privs is set already\n");
		return 77;
	}
	pid = (int)syscall(SYS_clone3, args, sizeof(args));
	if (pid == 0)
		_exit(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		printf("clone3: %m (it needs Linux 7.1)\n");
		return 77;
	}
	printf("no_new_privs of the child: %d\n", WEXITSTATUS(status));
	printf("no_new_privs of its creator: %d\n",
		prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	return 0;
}

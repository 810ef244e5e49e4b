/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef WITH
#define FORK vfork
#else
#define FORK fork
#endif

static volatile int x = 1;

int main(void)
{
	int pid = FORK();

	if (pid == 0) {
		x = 2; /* after vfork() one must not: execve or _exit only */
		_exit(0);
	}
	if (pid < 0) {
		perror("fork");
		return 77;
	}
	printf("as it returned I read %d\n", x);
	waitpid(pid, NULL, 0);
	return 0;
}

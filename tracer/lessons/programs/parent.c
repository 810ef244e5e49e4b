/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef WITH
#define FLAGS CLONE_PARENT
#else
#define FLAGS 0
#endif

static char stack[65536] __attribute__((aligned(16)));

static int child(void *arg)
{
	return arg != NULL;
}

static int middle(void)
{
	if (clone(child, stack + 65536, FLAGS | SIGCHLD, NULL) < 0)
		return -1;
	return wait(NULL) > 0;
}

int main(void)
{
	int pid = fork(), status = 0, of_main = 0, of_middle = 0, ended;

	if (pid == 0)
		_exit(middle());
	while ((ended = wait(&status)) > 0) {
		of_main++;
		if (ended == pid)
			of_middle = WEXITSTATUS(status);
	}
	if (pid < 0 || of_middle == 255) {
		printf("there is no child\n");
		return 77;
	}
	printf("main has waited for %d\n", of_main);
	printf("who called clone, for %d\n", of_middle);
	return 0;
}

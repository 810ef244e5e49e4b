/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/types.h>
#include <sys/wait.h>

#define YES(x) ((x) ? "yes" : "no")

#ifdef WITH
#define FLAGS CLONE_PARENT_SETTID
#else
#define FLAGS 0
#endif

static char stack[65536] __attribute__((aligned(16)));

static int child(void *word)
{
	return *(volatile pid_t *)word != 0;
}

int main(void)
{
	pid_t word = 0;
	int status,
		pid = clone(child, stack + 65536, FLAGS | SIGCHLD, &word, &word);

	if (pid < 0) {
		perror("clone");
		return 77;
	}
	waitpid(pid, &status, 0);
	printf("the creator's word is the tid: %s\n", YES(word == pid));
	printf("the child saw the word set: %s\n", YES(WEXITSTATUS(status)));
	return 0;
}

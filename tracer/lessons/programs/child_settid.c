/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define YES(x) ((x) ? "yes" : "no")

#ifdef WITH
#define FLAGS CLONE_CHILD_SETTID
#else
#define FLAGS 0
#endif

static char stack[65536] __attribute__((aligned(16)));

static int child(void *word)
{
	return *(pid_t *)word == syscall(SYS_gettid);
}

int main(void)
{
	pid_t word = 0;
	int status,
		pid = clone(child, stack + 65536, FLAGS | SIGCHLD, &word, NULL,
			NULL, &word);

	if (pid < 0) {
		perror("clone");
		return 77;
	}
	waitpid(pid, &status, 0);
	printf(
		"in the child the word is its tid: %s\n", YES(WEXITSTATUS(status)));
	printf("in its creator the word is %s\n",
		word == pid ? "the tid" :
			word    ? "?" :
					  "0");
	return 0;
}

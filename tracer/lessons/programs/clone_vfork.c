/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define YES(x) ((x) ? "yes" : "no")

#ifdef WITH
#define FLAGS (CLONE_VM | CLONE_VFORK)
#else
#define FLAGS CLONE_VM
#endif

static char stack[65536] __attribute__((aligned(16)));
static volatile int done, goes_on;

static int child(void *arg)
{
	/* Until its creator goes on; but one that sleeps never does. */
	for (int ms = 0; ms < 500 && !goes_on; ms++)
		usleep(1000);
	done = 1;
	return arg != NULL;
}

int main(void)
{
	int pid = clone(child, stack + 65536, FLAGS | SIGCHLD, NULL);
	int was_done = done;

	goes_on = 1;
	if (pid < 0) {
		perror("clone");
		return 77;
	}
	printf("as clone returned it was done: %s\n", YES(was_done));
	waitpid(pid, NULL, 0);
	printf("after waitpid it is: %s\n", YES(done));
	return 0;
}

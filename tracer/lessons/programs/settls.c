/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#define YES(x) ((x) ? "yes" : "no")

#ifdef WITH
#define FLAGS (CLONE_VM | CLONE_SETTLS)
#else
#define FLAGS CLONE_VM
#endif

static char stack[65536] __attribute__((aligned(16)));
static char block[65536] __attribute__((aligned(64)));
static __thread volatile int x = 1;

static int child(void *arg)
{
	x = 2;
	return arg != NULL;
}

int main(void)
{
	/* x lies at some distance from the TLS base, as far from any. */
	char *base = __builtin_thread_pointer(),
		 *new_base = block + sizeof(block) / 2;
	int *theirs = (int *)(new_base + ((char *)&x - base)), pid;

	*(char **)new_base = new_base; /* as the ABI asks */
	pid = clone(
		child, stack + 65536, FLAGS | SIGCHLD, NULL, NULL, new_base, NULL);
	if (pid < 0) {
		perror("clone");
		return 77;
	}
	waitpid(pid, NULL, 0);
	printf("the child has stored 2 in its x\n");
	printf("the x of its creator is %d\n", x);
	printf("there is a 2 in the new block: %s\n", YES(*theirs == 2));
	return 0;
}

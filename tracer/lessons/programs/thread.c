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
#define FLAGS (CLONE_VM | CLONE_SIGHAND | CLONE_THREAD)
#else
#define FLAGS (CLONE_VM | CLONE_SIGHAND | SIGCHLD)
#endif

static char stack[65536] __attribute__((aligned(16)));
static volatile int pid, tid, parent, done;

static int child(void *arg)
{
	pid = syscall(SYS_getpid);
	tid = syscall(SYS_gettid);
	parent = syscall(SYS_getppid);
	done = 1;
	return arg != NULL;
}

int main(void)
{
	int made = clone(child, stack + 65536, FLAGS, NULL);

	if (made < 0) {
		perror("clone");
		return 77;
	}
	while (!done)
		usleep(1000);
	printf("its tid is what clone returned: %s\n", YES(tid == made));
	printf("its getpid() is mine: %s\n", YES(pid == getpid()));
	printf("its parent is: %s\n",
		parent == getpid()      ? "I" :
			parent == getppid() ? "mine" :
								  "?");
	printf(
		"waitpid finds it: %s\n", YES(waitpid(made, NULL, __WALL) == made));
	return 0;
}

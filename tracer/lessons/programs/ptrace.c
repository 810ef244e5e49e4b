/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef WITH
#define FLAGS CLONE_PTRACE
#else
#define FLAGS 0
#endif

static char stack[65536] __attribute__((aligned(16)));

static int child(void *arg)
{
	return arg != NULL;
}

static int traced(void)
{
	int pid;

	if (ptrace(PTRACE_TRACEME, 0, 0, 0) || raise(SIGSTOP))
		return 1;
	pid = clone(child, stack + 65536, FLAGS | SIGCHLD, NULL);
	return waitpid(pid, NULL, 0) != pid;
}

int main(void)
{
	int first = fork(), pid, status, others = 0;

	if (first == 0)
		_exit(traced());
	if (first < 0)
		return 77;
	waitpid(first, &status, 0);
	if (!WIFSTOPPED(status)) {
		printf("there is no right to trace\n");
		return 77;
	}
	ptrace(PTRACE_CONT, first, 0, 0); /* and it asks for no child */
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		others += pid != first && WIFSTOPPED(status);
		if (WIFSTOPPED(status))
			ptrace(PTRACE_CONT, pid, 0, 0);
	}
	printf("children that stop for the tracer: %d\n", others);
	return 0;
}

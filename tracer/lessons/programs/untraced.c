/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef WITH
#define FLAGS CLONE_UNTRACED
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
	int first = fork(), pid, status, events = 0, others = 0;

	if (first == 0)
		_exit(traced());
	if (first < 0)
		return 77;
	waitpid(first, &status, 0);
	if (!WIFSTOPPED(status) ||
		ptrace(PTRACE_SETOPTIONS, first, 0, PTRACE_O_TRACEFORK)) {
		printf("there is no right to trace\n");
		return 77;
	}
	ptrace(PTRACE_CONT, first, 0, 0);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		events += status >> 16 == PTRACE_EVENT_FORK;
		others += pid != first && !WIFSTOPPED(status);
		if (WIFSTOPPED(status))
			ptrace(PTRACE_CONT, pid, 0, 0);
	}
	printf("the tracer was told of births: %d\n", events);
	printf("and of ends of such children: %d\n", others);
	return 0;
}

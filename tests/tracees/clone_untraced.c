/* SPDX-License-Identifier: MIT */
/*
 * CLONE_UNTRACED: the kernel tells a tracer nothing of a process and a thread made so. They run on as always: under the
 * filter because thrtrace takes the flag out, and traces them.
 */
#include "rawtask.h"

#ifndef CLONE_UNTRACED
#define CLONE_UNTRACED 0x800000
#endif

static int body(void *arg)
{
	(void)arg;
	prctl(PR_SET_NAME, "unseen"); /* a call that the filter picks: it must work without a tracer */
	MUST(prctl(PR_SET_NAME, "unseen") == 0);
	pid_t pid = fork();
	if (pid == 0)
		_exit(2);
	MUST(status_of(pid) == 2);
	return 3;
}

int main(void)
{
	size_t size = 65536;
	char *stack = map(size, PROT_READ | PROT_WRITE, 0), *other = map(size, PROT_READ | PROT_WRITE, MAP_STACK);
	pid_t pid = clone(body, stack + size, CLONE_UNTRACED | SIGCHLD, NULL);

	MUST(pid > 0);
	MUST(status_of(pid) == 3);
	run_on(other, other + size, CLONE_UNTRACED);
	EXPECT_IF("all", "1 birth task=T1 tid=%d kind=untraced parent=T0 flags~CLONE_UNTRACED followed=false", pid);
	EXPECT_IF("filter", "1 birth task=T1 tid=%d parent=T0 flags~CLONE_UNTRACED", pid);
	EXPECT_IF("filter", "1 birth kind=thread parent=T0 flags~CLONE_THREAD flags~CLONE_UNTRACED followed=true");
	EXPECT_IF("all",
		"1 birth task=T2 kind=untraced parent=T0 flags~CLONE_THREAD flags~CLONE_UNTRACED followed=false");
	EXPECT_IF("light", "1 birth");
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* CLONE_PTRACE: the child is attached to its creator's tracer whatever the tracer asked for. */
#include "rawtask.h"

static int body(void *arg)
{
	(void)arg;
	return 3;
}

int main(void)
{
	size_t size = 65536;
	char *stack = map(size, PROT_READ | PROT_WRITE, 0), *other = map(size, PROT_READ | PROT_WRITE, MAP_STACK);
	pid_t pid = clone(body, stack + size, CLONE_PTRACE | SIGCHLD, NULL);

	MUST(pid > 0);
	MUST(status_of(pid) == 3);
	run_on(other, other + size, CLONE_PTRACE);
	EXPECT("1 birth task=T1 tid=%d kind=process flags~CLONE_PTRACE", pid);
	EXPECT_IF("f", "1 end task=T1 status=3");
	EXPECT("1 birth task=T2 kind=thread flags~CLONE_PTRACE flags~CLONE_THREAD");
	EXPECT("1 end task=T2 how=exit status=0");
	return 0;
}

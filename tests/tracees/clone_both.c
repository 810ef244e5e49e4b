/* SPDX-License-Identifier: MIT */
/* CLONE_PTRACE and CLONE_UNTRACED together: attached, and no event of the creator tells so. */
#include "rawtask.h"

#ifndef CLONE_UNTRACED
#define CLONE_UNTRACED 0x800000
#endif

static int body(void *arg)
{
	(void)arg;
	return 3;
}

int main(void)
{
	size_t size = 65536;
	char *stack = map(size, PROT_READ | PROT_WRITE, 0);
	pid_t pid = clone(body, stack + size, CLONE_PTRACE | CLONE_UNTRACED | SIGCHLD, NULL);

	MUST(pid > 0);
	MUST(status_of(pid) == 3);
	EXPECT_IF("calls", "1 birth task=T1 tid=%d", pid);
	EXPECT_IF("f", "1 birth task=T1 tid=%d", pid);
	return 0;
}

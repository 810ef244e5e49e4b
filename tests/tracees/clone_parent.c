/* SPDX-License-Identifier: MIT */
/* CLONE_PARENT: the child is its creator's sibling; only the creator's parent hears of its end. */
#include "rawtask.h"

static int write_end;

static int body(void *arg)
{
	(void)arg;
	MUST(write(write_end, "x", 1) == 1);
	return 3;
}

int main(void)
{
	int ends[2], dead[2];
	char *stack = map(65536, PROT_READ | PROT_WRITE, 0), c;

	MUST(pipe(ends) == 0 && pipe(dead) == 0);
	/* The creator is a child of ours, so that the sibling becomes ours as well. */
	pid_t pid = fork();
	if (pid == 0) {
		write_end = ends[1];
		pid_t sibling = clone(body, stack + 65536, CLONE_PARENT | SIGCHLD, NULL);
		MUST(sibling > 0 && waitpid(sibling, NULL, 0) == -1 && errno == ECHILD);
		MUST(write(dead[1], &sibling, sizeof(sibling)) == sizeof(sibling));
		_exit(6);
	}
	pid_t sibling;
	MUST(read(dead[0], &sibling, sizeof(sibling)) == sizeof(sibling));
	MUST(read(ends[0], &c, 1) == 1);
	MUST(status_of(pid) == 6);
	MUST(status_of(sibling) == 3);
	EXPECT_IF("f", "1 birth task=T2 parent=T1 kind=process flags~CLONE_PARENT tid=%d", sibling);
	EXPECT_IF("f", "1 end task=T1 status=6");
	EXPECT_IF("f", "1 end task=T2 status=3");
	EXPECT_IF("nof", "2 birth");
	return 0;
}

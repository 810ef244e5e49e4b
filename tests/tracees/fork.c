/* SPDX-License-Identifier: MIT */
/* fork from the leader and from a thread; the children make threads and processes. */
#include "oddity.h"

static void *leaf(void *arg)
{
	return arg;
}

static void *forker(void *arg)
{
	pid_t pid = fork();

	(void)arg;
	if (pid == 0) {
		pthread_join(start(leaf, NULL), NULL);
		pid_t grandchild = fork();
		if (grandchild == 0)
			_exit(2);
		_exit(status_of(grandchild) + 10);
	}
	MUST(status_of(pid) == 12);
	return NULL;
}

int main(void)
{
	forker(NULL);
	pthread_join(start(forker, NULL), NULL);
	EXPECT_IF("nof", "2 birth kind=process followed=false exit_signal=SIGCHLD");
	EXPECT_IF("nof", "4 birth");
	EXPECT_IF("f", "4 birth kind=process followed=true");
	EXPECT_IF("f", "3 birth kind=thread");
	EXPECT_IF("f", "2 end how=exit_group status=2");
	EXPECT_IF("f", "2 end how=exit_group status=12");
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* execve by the leader while threads live, three times. */
#include "oddity.h"

static void *idle(void *arg)
{
	for (;;)
		pause();
	return arg;
}

int main(int argc, char **argv)
{
	int round = argc > 1 ? atoi(argv[1]) : 0;

	start(idle, NULL);
	start(idle, NULL);
	if (round < 3) {
		char next[16];
		snprintf(next, sizeof(next), "%d", round + 1);
		execl(argv[0], argv[0], next, (char *)NULL);
		return 1;
	}
	EXPECT("3 exec task=T0 tid=%d former_tid=%d", getpid(), getpid());
	EXPECT("9 birth");
	EXPECT_IF("calls", "6 end how=exec by=T0");
	EXPECT_IF("calls", "2 end how=exit_group by=T0");
	EXPECT("9 end");
	return 0;
}

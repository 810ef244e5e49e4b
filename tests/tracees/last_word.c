/* SPDX-License-Identifier: MIT */
/* The first thread leaves by exit(2) with a code of its own; the process ends with that of another thread. */
#include "oddity.h"

static void *worker(void *arg)
{
	wait_state(getpid(), "Z");
	EXPECT("1 leader_exit task=T0 status=5");
	EXPECT("1 end task=T0 how=exit status=5 process.status=3");
	EXPECT("1 end task=T1 how=exit_group status=3");
	exit(3);
	return arg;
}

int main(void)
{
	start(worker, NULL);
	syscall(SYS_exit, 5);
	return 1;
}

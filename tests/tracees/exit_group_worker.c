/* SPDX-License-Identifier: MIT */
/* A worker ends the whole process while the leader sleeps and another thread computes. */
#include "oddity.h"

static void *busy(void *arg)
{
	volatile unsigned long turns = 0;

	for (;;)
		turns = turns + 1;
	return arg;
}

static void *worker(void *arg)
{
	(void)arg;
	wait_state(getpid(), "S");
	EXPECT("1 end task=T2 how=exit_group status=7 by=null");
	EXPECT("1 end task=T1 how=exit_group status=7 by=T2");
	EXPECT("1 end task=T0 how=exit_group status=7 by=T2");
	_exit(7);
}

int main(void)
{
	start(busy, NULL);
	start(worker, NULL);
	for (;;)
		pause();
}

/* SPDX-License-Identifier: MIT */
/* Joinable threads that nobody joins: one has ended, one is alive when the program ends. */
#include "oddity.h"

static volatile pid_t tid;

static void *brief(void *arg)
{
	tid = gettid();
	return arg;
}

static void *lasting(void *arg)
{
	for (;;)
		pause();
	return arg;
}

int main(void)
{
	start(brief, NULL);
	while (!tid)
		sleep_ms(1);
	wait_gone(tid);
	start(lasting, NULL);
	EXPECT("1 end task=T1 how=exit status=0 joined_by=null");
	EXPECT("1 end task=T2 how=exit_group status=4 by=T0 joined_by=null");
	EXPECT("1 end task=T0 how=exit_group status=4 by=null");
	EXPECT("0 join");
	exit(4);
}

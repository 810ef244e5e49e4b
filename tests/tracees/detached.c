/* SPDX-License-Identifier: MIT */
/* A detached thread: nobody joins it, and that is right. */
#include "oddity.h"

static volatile pid_t tid;

static void *worker(void *arg)
{
	tid = gettid();
	return arg;
}

int main(void)
{
	pthread_detach(start(worker, NULL));
	while (!tid)
		sleep_ms(1);
	wait_gone(tid);
	EXPECT("1 birth task=T1 kind=thread via~clone parent=T0 tid=%d", tid);
	EXPECT("1 end task=T1 how=exit status=0 joined_by=null robust_count=0");
	EXPECT("1 end task=T0 how=exit_group status=0");
	EXPECT("0 join");
	return 0;
}

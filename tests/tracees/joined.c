/* SPDX-License-Identifier: MIT */
/* Joins that wait, by the leader and by another thread. */
#include "oddity.h"

static volatile pid_t joiner_tid;

static void *worker(void *arg)
{
	wait_state(getpid(), "S");
	wait_state(joiner_tid, "S");
	return arg;
}

static void *joiner(void *arg)
{
	void *ret;

	joiner_tid = gettid();
	pthread_t t = start(worker, arg); /* T2 */

	MUST(pthread_join(t, &ret) == 0);
	return ret;
}

int main(void)
{
	void *ret;

	pthread_t t = start(joiner, (void *)7L); /* T1 */
	MUST(pthread_join(t, &ret) == 0 && ret == (void *)7L);
	EXPECT_IF("calls", "2 join");
	EXPECT_IF("calls", "1 join task=T0 joined=T1");
	EXPECT_IF("calls", "1 join task=T1 joined=T2");
	EXPECT_IF("calls", "1 end task=T1 how=exit joined_by=T0");
	EXPECT_IF("calls", "1 end task=T2 how=exit joined_by=T1");
	EXPECT_IF("light", "0 join");
	EXPECT("2 birth kind=thread what~POSIX");
	EXPECT("1 birth task=T2 parent=T1");
	return 0;
}

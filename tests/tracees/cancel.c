/* SPDX-License-Identifier: MIT */
/* pthread_cancel of a thread in a blocking read, and of one that cleans up. */
#include "oddity.h"

static int ends[2];
static volatile int cleaned;
static volatile pid_t tid;

static void cleanup(void *arg)
{
	(void)arg;
	cleaned++;
}

static void *worker(void *arg)
{
	char c;

	tid = (pid_t)syscall(SYS_gettid);
	pthread_cleanup_push(cleanup, NULL);
	(void)!read(ends[0], &c, 1);
	pthread_cleanup_pop(0);
	return arg;
}

int main(void)
{
	void *ret;

	MUST(pipe(ends) == 0);
	pthread_t t = start(worker, NULL);
	while (!tid)
		sleep_ms(1);
	wait_in_call(tid, SYS_read); /* before, no signal would be needed */
	MUST(pthread_cancel(t) == 0);
	MUST(pthread_join(t, &ret) == 0 && ret == PTHREAD_CANCELED && cleaned == 1);
	EXPECT_IF("calls", "1 call name=tgkill task=T0 ret=0");
	EXPECT("1 end task=T1 how=exit status=0");
	return 0;
}

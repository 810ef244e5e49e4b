/* SPDX-License-Identifier: MIT */
/*
 * Two threads whose policy can't be set: by pthread_create, which then lets its thread end without a run and waits for
 * that, and by pthread_setschedparam, which leaves its thread alone: that one lives until it was tried. The creator's
 * priority, 0, which the new thread gets where the attributes have none, is none of SCHED_FIFO, for root, too.
 */
#include <sched.h>
#include <semaphore.h>

#include "oddity.h"

static volatile int ran;
static sem_t refused;

static void *worker(void *arg)
{
	ran++;
	sem_wait(&refused);
	return arg;
}

int main(void)
{
	struct sched_param none = { .sched_priority = 0 };
	pthread_attr_t attr;
	pthread_t t;

	MUST(sem_init(&refused, 0, 0) == 0);
	MUST(pthread_attr_init(&attr) == 0);
	MUST(pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED) == 0);
	MUST(pthread_attr_setschedpolicy(&attr, SCHED_FIFO) == 0);
	MUST(pthread_create(&t, &attr, worker, NULL) == EINVAL && ran == 0);
	MUST(pthread_create(&t, NULL, worker, NULL) == 0);
	MUST(pthread_setschedparam(t, SCHED_FIFO, &none) == EINVAL);
	MUST(sem_post(&refused) == 0);
	MUST(pthread_join(t, NULL) == 0 && ran == 1);
	EXPECT("2 birth kind=thread");
	EXPECT_IF("calls", "2 call name=sched_setscheduler errno=EINVAL");
	EXPECT_IF("calls", "1 end task=T1 start_refused=true joined_by=null");
	EXPECT_IF("calls", "0 join joined=T1");
	EXPECT_IF("calls", "0 end task=T2 start_refused=true");
	return 0;
}

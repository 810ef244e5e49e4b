/* SPDX-License-Identifier: MIT */
/* setuid with three threads: the C library signals the others, so that each gives up its privilege. */
#include "oddity.h"

#define NOBODY 65534

static pthread_barrier_t before, after;

static void *worker(void *arg)
{
	pthread_barrier_wait(&before);
	pthread_barrier_wait(&after);
	MUST(getuid() == NOBODY);
	return arg;
}

int main(void)
{
	pthread_t t[2];

	if (geteuid() != 0)
		skip("only root can change its user");
	pthread_barrier_init(&before, NULL, 3);
	pthread_barrier_init(&after, NULL, 3);
	t[0] = start(worker, NULL);
	t[1] = start(worker, NULL);
	pthread_barrier_wait(&before);
	MUST(setuid(NOBODY) == 0);
	pthread_barrier_wait(&after);
	pthread_join(t[0], NULL);
	pthread_join(t[1], NULL);
	EXPECT_IF("calls", "3 call name=setuid ret=0");
	EXPECT_IF("calls", "1 call name=setuid task=T0");
	EXPECT_IF("calls", "2 call name=tgkill task=T0");
	EXPECT("2 end how=exit");
	return 0;
}

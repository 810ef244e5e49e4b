/* SPDX-License-Identifier: MIT */
/*
 * SIGKILL in any state: a process whose 4 threads make threads as fast as they can is killed after a while, ten times.
 * How many were born is chance; that each is told once, from birth to end, is not.
 */
#include "oddity.h"

static void *leaf(void *arg)
{
	return arg;
}

static void *spawner(void *arg)
{
	for (;;) {
		pthread_t t;
		if (pthread_create(&t, NULL, leaf, arg) == 0)
			pthread_join(t, NULL);
	}
	return NULL;
}

int main(void)
{
	for (int i = 0; i < 10; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			for (int n = 0; n < 4; n++)
				start(spawner, NULL);
			spawner(NULL);
		}
		sleep_ms(2 + i);
		kill(pid, SIGKILL);
		MUST(status_of(pid) == -SIGKILL);
	}
	EXPECT("10 birth kind=process via=clone");
	EXPECT_IF("f", "10.. end how=signal signal=SIGKILL");
	EXPECT_IF("nof", "11 birth");
	return 0;
}

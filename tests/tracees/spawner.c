/* SPDX-License-Identifier: MIT */
/*
 * spawner SECONDS: four threads each make a thread and join it, again and again, thousands in a second; the number that
 * each brings back is checked. Says "ready", and at its end how many there were and that all was well.
 */
#include <stdatomic.h>
#include <stdint.h>

#include "oddity.h"

static atomic_ulong made, wrong;
static struct timespec until;

static bool over(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > until.tv_sec || (now.tv_sec == until.tv_sec && now.tv_nsec >= until.tv_nsec);
}

static void *one(void *arg)
{
	return arg;
}

static void *maker(void *arg)
{
	for (uintptr_t i = 0; !over(); i++) {
		pthread_t t;
		void *back;
		if (pthread_create(&t, NULL, one, (void *)i) || pthread_join(t, &back) || (uintptr_t)back != i)
			wrong++;
		made++;
	}
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t t[4];
	double seconds = argc > 1 ? atof(argv[1]) : 1;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)seconds;
	until.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	for (int i = 0; i < 4; i++)
		t[i] = start(maker, NULL);
	say("ready");
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	say("made %lu, wrong %lu", made, wrong);
	return wrong != 0;
}

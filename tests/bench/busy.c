/* SPDX-License-Identifier: MIT */
/*
 * busy SLOTS SECONDS [still]: SLOTS threads each make a thread that sleeps for 0.2 to 0.6 s, wait for its end, and
 * begin again; so half of the threads are being born or die. Prints the longest time, in ms, that one was held up in
 * the first 1.5 s, and in SECONDS after that: in making a thread, between that and the thread's first instruction, in
 * waking from its sleep, in joining it. still: twice SLOTS threads that do nothing.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Who attaches when it is ready is done by then. */
#define FIRST_US 1500000

static atomic_ulong longest_us, made;
static atomic_bool over;

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static void held(uint64_t us)
{
	unsigned long most = longest_us;

	while (us > most && !atomic_compare_exchange_weak(&longest_us, &most, us))
		;
}

struct slot {
	unsigned seed;
	uint64_t begun, done;
};

static void *leaf(void *arg)
{
	struct slot *s = arg;
	uint64_t begin = now_us(), sleep_us = 200000 + (uint64_t)rand_r(&s->seed) % 400000;

	held(begin - s->begun);
	nanosleep(&(struct timespec){ .tv_nsec = (long)sleep_us * 1000 }, NULL);
	s->done = now_us();
	held(s->done - begin - sleep_us);
	return NULL;
}

static pthread_attr_t small;

static void *slot(void *arg)
{
	struct slot s = { .seed = (unsigned)(uintptr_t)arg };
	pthread_t t;

	while (!over) {
		s.begun = now_us();
		if (pthread_create(&t, &small, leaf, &s))
			abort();
		held(now_us() - s.begun);
		pthread_join(t, NULL);
		held(now_us() - s.done);
		made++;
	}
	return NULL;
}

static void *asleep(void *arg)
{
	pause();
	return arg;
}

int main(int argc, char **argv)
{
	unsigned n = argc > 1 ? (unsigned)atoi(argv[1]) : 1000;
	unsigned seconds = argc > 2 ? (unsigned)atoi(argv[2]) : 5;
	bool still = argc > 3 && strcmp(argv[3], "still") == 0;
	pthread_t t;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 * 1024);
	for (unsigned i = 0; i < (still ? 2 * n : n); i++)
		if (pthread_create(&t, &small, still ? asleep : slot, (void *)(uintptr_t)(i + 1)))
			return 1;
	sleep(2); /* until they are spread */
	longest_us = made = 0;
	printf("ready\n");
	fflush(stdout);
	usleep(FIRST_US);
	double first_ms = (double)atomic_exchange(&longest_us, 0) / 1000;
	sleep(seconds);
	printf("held %.1f ms at first, then %.1f ms, made %lu\n", first_ms, (double)longest_us / 1000, made);
	fflush(stdout);
	_exit(0);
}

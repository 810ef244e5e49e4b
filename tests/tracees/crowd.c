/* SPDX-License-Identifier: MIT */
/*
 * crowd SLOTS: so many threads each make a thread that sleeps for 0.1 to 0.3 s, join it, and begin again. Says
 * "ready". A line on standard input is a mark; at its end all are joined. Then it says "slot TID" of each of those, and
 * "born TID" of each thread that began after the mark; at last "wrong N", how often making or joining one failed.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define BORN_MAX 1000000

static atomic_bool marked, over;
static atomic_uint n_born, wrong;
static pid_t born[BORN_MAX], *slots;
static pthread_attr_t small;

static void *leaf(void *arg)
{
	unsigned seed = (unsigned)(uintptr_t)arg;

	if (marked) {
		unsigned i = n_born++;
		if (i < BORN_MAX)
			born[i] = gettid();
	}
	nanosleep(&(struct timespec){ .tv_nsec = 100000000 + rand_r(&seed) % 200000000 }, NULL);
	return arg;
}

static void *slot(void *arg)
{
	uintptr_t seed = (uintptr_t)arg;
	pthread_t t;
	void *back;

	slots[seed] = gettid();
	for (; !over; seed += 7919) {
		void *leaf_arg = (void *)seed;
		if (pthread_create(&t, &small, leaf, leaf_arg) || pthread_join(t, &back) || back != leaf_arg)
			wrong++;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned n = argc > 1 ? (unsigned)atoi(argv[1]) : 300;
	pthread_t *t = calloc(n, sizeof(*t));
	char line[64];

	slots = calloc(n, sizeof(*slots));
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 * 1024);
	for (unsigned i = 0; i < n; i++)
		if (pthread_create(&t[i], &small, slot, (void *)(uintptr_t)i))
			return 1;
	usleep(300000); /* until they are spread */
	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		marked = true;
		puts("marked");
		fflush(stdout);
	}
	over = true;
	for (unsigned i = 0; i < n; i++)
		pthread_join(t[i], NULL);
	for (unsigned i = 0; i < n; i++)
		printf("slot %d\n", slots[i]);
	for (unsigned i = 0; i < n_born && i < BORN_MAX; i++)
		printf("born %d\n", born[i]);
	printf("wrong %u\n", wrong);
	return 0;
}

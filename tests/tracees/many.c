/* SPDX-License-Identifier: MIT */
/* 300 threads, born at once from 8 threads, half of them detached. */
#include "oddity.h"
#include "small_stack.h"

#define SPAWNERS 8
#define THREADS  300

static pthread_barrier_t all_ready;
static int left = THREADS;

static void *leaf(void *arg)
{
	(void)arg;
	__atomic_fetch_sub(&left, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static void *spawner(void *arg)
{
	int n = THREADS / SPAWNERS + ((long)arg < THREADS % SPAWNERS);
	pthread_t t[THREADS];
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, SMALL_STACK);
	pthread_barrier_wait(&all_ready);
	for (int i = 0; i < n; i++) {
		MUST(pthread_create(&t[i], &attr, leaf, NULL) == 0);
		if (i % 2)
			pthread_detach(t[i]);
	}
	for (int i = 0; i < n; i += 2)
		pthread_join(t[i], NULL);
	return NULL;
}

int main(void)
{
	pthread_t t[SPAWNERS];

	pthread_barrier_init(&all_ready, NULL, SPAWNERS);
	for (long i = 0; i < SPAWNERS; i++)
		t[i] = start(spawner, (void *)i);
	for (int i = 0; i < SPAWNERS; i++)
		pthread_join(t[i], NULL);
	while (__atomic_load_n(&left, __ATOMIC_SEQ_CST) > 0)
		sleep_ms(1);
	EXPECT("%d birth kind=thread", SPAWNERS + THREADS);
	EXPECT("%d birth kind=thread parent=T0 stack.bytes=8388608 guard.kind=PROT_NONE", SPAWNERS);
	EXPECT("%d birth kind=thread stack.bytes=%d", THREADS, SMALL_STACK);
	EXPECT("1 birth kind=program");
	EXPECT("%d birth", 1 + SPAWNERS + THREADS);
	EXPECT("%d end", 1 + SPAWNERS + THREADS);
	return 0;
}

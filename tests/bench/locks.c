/* SPDX-License-Identifier: MIT */
/*
 * locks THREADS ROUNDS [pairs]: THREADS take one priority-inheritance mutex ROUNDS times each, so that every lock and
 * unlock is a futex call and most of them wait. pairs: two by two they hand each other a turn instead. What a tracer of
 * all calls needs to see many threads that mostly sleep.
 */
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_MAX = 1000 };

static pthread_mutex_t lock;
static atomic_uint turn[THREADS_MAX / 2];
static unsigned rounds, sum;

static void *take(void *arg)
{
	for (unsigned i = 0; i < rounds; i++) {
		pthread_mutex_lock(&lock);
		sum++;
		pthread_mutex_unlock(&lock);
		nanosleep(&(struct timespec){ .tv_nsec = 5000 }, NULL);
	}
	return arg;
}

static void *hand_over(void *arg)
{
	unsigned me = (unsigned)(uintptr_t)arg, mine = me % 2;
	atomic_uint *t = &turn[me / 2];

	for (unsigned i = 0; i < rounds; i++) {
		while (*t != mine)
			syscall(SYS_futex, t, FUTEX_WAIT_PRIVATE, !mine, NULL);
		*t = !mine;
		syscall(SYS_futex, t, FUTEX_WAKE_PRIVATE, 1);
	}
	return arg;
}

int main(int argc, char **argv)
{
	unsigned n = argc > 1 ? (unsigned)atoi(argv[1]) : 100;
	int pairs = argc > 3 && strcmp(argv[3], "pairs") == 0;
	pthread_t t[THREADS_MAX];
	pthread_mutexattr_t a;

	if (n > THREADS_MAX)
		return 1;
	rounds = argc > 2 ? (unsigned)atoi(argv[2]) : 100;
	pthread_mutexattr_init(&a);
	pthread_mutexattr_setprotocol(&a, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&lock, &a);
	for (unsigned i = 0; i < n; i++)
		if (pthread_create(&t[i], NULL, pairs ? hand_over : take, (void *)(uintptr_t)i))
			return 1;
	for (unsigned i = 0; i < n; i++)
		pthread_join(t[i], NULL);
	return pairs ? 0 : sum != n * rounds;
}

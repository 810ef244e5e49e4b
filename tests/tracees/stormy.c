/* SPDX-License-Identifier: MIT */
/*
 * stormy N: N threads that are all alive, and end at once.
 * stormy N account: each runs and sleeps a while, and tells of itself what it has used:
 *   account TID CPU-MICROSECONDS VOLUNTARY-SWITCHES INVOLUNTARY-SWITCHES
 */
#include "small_stack.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static pthread_barrier_t all_here;
static int accounts;

static long long cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void use_some(void)
{
	struct timespec nap = { 0, 100000 };
	struct rusage u;

	for (int i = 0; i < 20; i++) {
		long long until = cpu_ns() + 1000000;
		while (cpu_ns() < until)
			;
		nanosleep(&nap, NULL);
	}
	getrusage(RUSAGE_THREAD, &u);
	printf("account %ld %ld %ld %ld\n", (long)syscall(SYS_gettid),
		(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000L + u.ru_utime.tv_usec + u.ru_stime.tv_usec,
		u.ru_nvcsw, u.ru_nivcsw);
}

static void *storm(void *arg)
{
	pthread_barrier_wait(&all_here);
	if (accounts)
		use_some();
	return arg;
}

int main(int argc, char **argv)
{
	unsigned n = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 100;
	pthread_t *t = calloc(n, sizeof(*t));
	pthread_attr_t small;

	accounts = argc > 2;
	if (!t || pthread_barrier_init(&all_here, NULL, n + 1) || pthread_attr_init(&small) ||
		pthread_attr_setstacksize(&small, SMALL_STACK))
		return 1;
	for (unsigned i = 0; i < n; i++)
		if (pthread_create(&t[i], &small, storm, NULL))
			return 1;
	pthread_barrier_wait(&all_here);
	for (unsigned i = 0; i < n; i++)
		pthread_join(t[i], NULL);
	free(t);
	return 0;
}

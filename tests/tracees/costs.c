/* SPDX-License-Identifier: MIT */
/*
 * costs WHAT: measures it in another way than thrtrace does, and prints the median in ns.
 *   pthread  threads that are made and joined, timed by the CPU's own counter where there is one
 *   switch   two threads on one CPU that wake each other by semaphores of pipes, 16 rounds a sample
 *   vfork    children of vfork
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS  16
#define SAMPLES 1000

static double sample[SAMPLES];
static int to[2], back[2];

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void *nothing(void *arg)
{
	return arg;
}

static double pthread(void)
{
	pthread_t t;
	double begin = now();

	if (pthread_create(&t, NULL, nothing, NULL))
		abort();
	pthread_join(t, NULL);
	return now() - begin;
}

static double child(void)
{
	double begin = now();
	pid_t pid = vfork();

	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	return now() - begin;
}

static void *answer(void *arg)
{
	char c;

	while (read(to[0], &c, 1) == 1)
		if (write(back[1], &c, 1) != 1)
			abort();
	return arg;
}

static double switches(void)
{
	double begin = now();
	char c = 0;

	for (unsigned i = 0; i < ROUNDS; i++)
		if (write(to[1], &c, 1) != 1 || read(back[0], &c, 1) != 1)
			abort();
	return (now() - begin) / (2 * ROUNDS);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	double (*measure)(void) = argc > 1 && strcmp(argv[1], "switch") == 0 ? switches :
		argc > 1 && strcmp(argv[1], "vfork") == 0                    ? child :
									       pthread;
	pthread_t t;
	cpu_set_t one;

	if (measure == switches) {
		CPU_ZERO(&one);
		CPU_SET((size_t)sched_getcpu(), &one);
		sched_setaffinity(0, sizeof(one), &one);
		if (pipe(to) || pipe(back) || pthread_create(&t, NULL, answer, NULL))
			abort();
	}
	for (unsigned i = 0; i < SAMPLES / 5; i++)
		measure();
	for (unsigned i = 0; i < SAMPLES; i++)
		sample[i] = measure();
	qsort(sample, SAMPLES, sizeof(sample[0]), by_value);
	printf("%.1f\n", sample[SAMPLES / 2]);
	return 0;
}

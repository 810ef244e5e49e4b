/* SPDX-License-Identifier: MIT */
/* alive N: N threads with small stacks, all alive at once behind a barrier, then joined. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_barrier_t all_here;

static void *wait_for_all(void *arg)
{
	pthread_barrier_wait(&all_here);
	return arg;
}

int main(int argc, char **argv)
{
	unsigned n = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1000;
	pthread_t *t = calloc(n, sizeof(*t));
	pthread_attr_t attr;
	long least = sysconf(_SC_THREAD_STACK_MIN); /* 128 KiB on aarch64 */

	if (!t || pthread_barrier_init(&all_here, NULL, n + 1) || pthread_attr_init(&attr) ||
		pthread_attr_setstacksize(&attr, least > 65536 ? (size_t)least : 65536))
		return 1;
	for (unsigned i = 0; i < n; i++)
		if (pthread_create(&t[i], &attr, wait_for_all, NULL)) {
			fprintf(stderr, "alive: thread %u could not be made\n", i);
			return 1;
		}
	pthread_barrier_wait(&all_here);
	for (unsigned i = 0; i < n; i++)
		if (pthread_join(t[i], NULL))
			return 1;
	free(t);
	return 0;
}

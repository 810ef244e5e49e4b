/* SPDX-License-Identifier: MIT */
/* maps N: maps 1 MiB, touches one page of it and unmaps it, N times, in a second thread. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

static long n;

static void *map(void *arg)
{
	for (long i = 0; i < n; i++) {
		char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			abort();
		*(volatile char *)p = 1;
		munmap(p, 1 << 20);
	}
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t t;

	n = argc > 1 ? strtol(argv[1], NULL, 10) : 200000;
	if (pthread_create(&t, NULL, map, NULL))
		return 1;
	pthread_join(t, NULL);
	return 0;
}

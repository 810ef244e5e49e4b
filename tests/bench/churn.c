/* SPDX-License-Identifier: MIT */
/* churn N: makes a thread and joins it, N times in a row. One thread is alive beside main at any time. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static void *nothing(void *arg)
{
	return arg;
}

int main(int argc, char **argv)
{
	long n = argc > 1 ? strtol(argv[1], NULL, 10) : 1000;

	for (long i = 0; i < n; i++) {
		pthread_t t;
		if (pthread_create(&t, NULL, nothing, NULL) || pthread_join(t, NULL)) {
			perror("churn");
			return 1;
		}
	}
	return 0;
}

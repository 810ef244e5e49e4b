/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static volatile int done;

static void *work(void *arg)
{
	usleep(300000);
	done = 1;
	printf("the thread has finished\n");
	return arg;
}

int main(void)
{
	pthread_t thread;
	void *result = NULL;
	int x;

	if (pthread_create(&thread, NULL, work, &x))
		return 77;
#ifdef WITH
	pthread_join(thread, &result);
#endif
	printf("main returns; it has a result: %s\n", result ? "yes" : "no");
	return 0;
}

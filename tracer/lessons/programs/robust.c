/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t mutex;

static void *work(void *arg)
{
	pthread_mutex_lock(&mutex);
	return arg; /* and so ends, the mutex locked */
}

int main(void)
{
	pthread_mutexattr_t attr;
	pthread_t thread;
	int err;

	pthread_mutexattr_init(&attr);
#ifdef WITH
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
#endif
	pthread_mutex_init(&mutex, &attr);
	if (pthread_create(&thread, NULL, work, NULL))
		return 77;
	pthread_join(thread, NULL);
	err = pthread_mutex_trylock(&mutex);
	printf("to lock it: %s\n",
		err == EOWNERDEAD ? "EOWNERDEAD" :
			err == EBUSY  ? "EBUSY, for ever" :
							"?");
	if (err == EOWNERDEAD && pthread_mutex_consistent(&mutex) == 0)
		printf("I have it, and have repaired it\n");
	return 0;
}

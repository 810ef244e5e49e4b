/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static void destroy(void *value)
{
	printf("destructor of %s\n", (char *)value);
}

static pthread_key_t key;

static void *work(void *arg)
{
	pthread_setspecific(key, "the thread's value");
	return arg;
}

int main(void)
{
	pthread_t thread;

	pthread_key_create(&key, destroy);
	pthread_setspecific(key, "main's value");
	if (pthread_create(&thread, NULL, work, NULL))
		return 77;
	pthread_join(thread, NULL);
	printf("main ends\n");
#ifdef WITH
	pthread_exit(NULL);
#endif
	return 0;
}

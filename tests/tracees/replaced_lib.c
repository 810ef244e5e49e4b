/* SPDX-License-Identifier: MIT */
/* One of two libraries that differ in their names only: makes a thread of its own and joins it. */
#include <pthread.h>

#define PASTE(a, b) a##b
#define NAMED(a, b) PASTE(a, b)

__attribute__((noinline)) static void *NAMED(WHO, _run)(void *arg)
{
	return arg;
}

__attribute__((noinline)) static int NAMED(WHO, _make)(long arg)
{
	pthread_t t;

	return pthread_create(&t, NULL, NAMED(WHO, _run), (void *)arg) || pthread_join(t, NULL);
}

int make(long arg)
{
	return NAMED(WHO, _make)(arg) + 0;
}

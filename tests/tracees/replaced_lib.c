/* SPDX-License-Identifier: MIT */
/* One of two libraries that differ in their names only: makes a thread of its own and joins it, or stays in a read. */
#include <pthread.h>
#include <unistd.h>

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

void *stay(void *fd)
{
	char c;

	return read(*(const int *)fd, &c, 1) == 1 ? fd : NULL;
}

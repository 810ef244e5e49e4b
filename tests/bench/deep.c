/* SPDX-License-Identifier: MIT */
/*
 * deep N same|vary: makes a thread and joins it, N times, each time behind a dozen frames. "same": from one place, so
 * that
 * a creation is recognised; "vary": with the stack at another height each time, so that it has to be unwound.
 */
#include <alloca.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *nothing(void *arg)
{
	return arg;
}

__attribute__((noinline)) static int descend(int depth)
{
	volatile char frame[48];

	frame[0] = (char)depth;
	if (depth > 0)
		return descend(depth - 1) + frame[0];
	pthread_t t;
	if (pthread_create(&t, NULL, nothing, NULL) || pthread_join(t, NULL)) {
		perror("deep");
		exit(1);
	}
	return 1;
}

__attribute__((noinline)) static void at_height(long i)
{
	volatile char *pad = alloca((size_t)(16 * (1 + i)));

	pad[0] = 1;
	descend(4);
}

int main(int argc, char **argv)
{
	long n = argc > 1 ? strtol(argv[1], NULL, 10) : 1000;
	int vary = argc > 2 && strcmp(argv[2], "vary") == 0;

	for (long i = 0; i < n; i++)
		at_height(vary ? i % 4000 : 0);
	return 0;
}

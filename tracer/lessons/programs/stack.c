/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdio.h>

#ifdef WITH
#define STACK (4 << 20)
#else
#define STACK (128 << 10)
#endif

static int depth;

static void deeper(int more)
{
	volatile char frame[4096];

	frame[more] = 1;
	if (more)
		deeper(more - 1);
	depth += frame[more];
}

static void *work(void *arg)
{
	deeper(256); /* a mebibyte and some more */
	return arg;
}

int main(void)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	if (pthread_create(&thread, &attr, work, NULL))
		return 77;
	pthread_join(thread, NULL);
	printf("%d calls deep\n", depth);
	return 0;
}

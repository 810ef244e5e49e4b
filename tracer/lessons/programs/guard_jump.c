/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>

#define KIB   1024
#define STACK (256 * KIB)
#ifdef WITH
#define GUARD (64 * KIB)
#else
#define GUARD (1024 * KIB)
#endif

/* From below: what belongs to somebody else, a guard, a thread's stack. */
static char *other, *stack;

static void *work(void *arg)
{
	/* What char big[512 * KIB] at the stack's end would be: its first byte
     * lies far below. No compiler that probes each page is in the way. */
	volatile char *big = stack - 512 * KIB;

	big[0] = 1;
	return arg;
}

int main(void)
{
	pthread_attr_t attr;
	pthread_t thread;

	other = mmap(NULL, 1024 * KIB + GUARD + STACK, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (other == MAP_FAILED)
		return 77;
	stack = other + 1024 * KIB + GUARD;
	mprotect(stack - GUARD, GUARD, PROT_NONE);
	pthread_attr_init(&attr);
	pthread_attr_setstack(&attr, stack, STACK);
	if (pthread_create(&thread, &attr, work, NULL))
		return 77;
	pthread_join(thread, NULL);
	printf("no fault\n");
	for (long i = 0; i < 1024 * KIB; i++)
		if (other[i])
			printf("somebody's memory has changed\n");
	return 0;
}

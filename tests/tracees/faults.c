/* SPDX-License-Identifier: MIT */
/*
 * Dies in a thread with a 64 KiB stack, in the way that its argument says, and prints first which verdict is right:
 *
 *     recursion  runs into the guard      jump       an array of 1 MiB steps over it
 *     null       calls through NULL       oldstack   stores to the unmapped stack of a finished thread
 *     wild       none of these
 */
#include "small_stack.h"

#include <alloca.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define STACK SMALL_STACK

static char *volatile old;

__attribute__((noinline)) static int parse_expr(volatile int depth)
{
	volatile char local[64] = { 0 };

	return depth < 0 ? local[0] : parse_expr(depth + 1) + local[depth % 64];
}

static void *recursion(void *arg)
{
	return (void *)(intptr_t)parse_expr(arg == NULL);
}

static void *jump(void *arg)
{
	volatile char *p = alloca((size_t)1 << 20);

	p[0] = arg != NULL;
	return (void *)p;
}

static void *null(void *arg)
{
	void *(*volatile fn)(void *) = NULL;

	return fn(arg);
}

static void *leave_address(void *arg)
{
	char local[16], *volatile p = local;

	old = p;
	return arg;
}

/* A store of one byte, at an address that is no stack's. */
static void *wild(void *arg)
{
	*(volatile char *)0x123456789000 = 1;
	return arg;
}

static void *store_old(void *arg)
{
	*old = 1;
	return arg;
}

/*
 * On a stack that the caller unmaps, which pthread_join of glibc would not. It ends within a page, so that the thread's
 * structure and its first frames share one.
 */
static void *oldstack(void *arg)
{
	const size_t mapped = STACK + (size_t)sysconf(_SC_PAGESIZE), size = mapped - 2048;
	char *mem = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	pthread_attr_t attr;
	pthread_t t;

	if (mem == MAP_FAILED || pthread_attr_init(&attr) || pthread_attr_setstack(&attr, mem, size) ||
		pthread_create(&t, &attr, leave_address, NULL) || pthread_join(t, NULL) || munmap(mem, mapped))
		abort();
	return store_old(arg);
}

static const struct way {
	const char *name, *verdict;
	void *(*run)(void *);
} ways[] = {
	{ "recursion", "stack overflow: the fault is", recursion },
	{ "jump", "stack overflow that jumped the guard", jump },
	{ "null", "call through a null function pointer", null },
	{ "oldstack", "use of the stack of T", oldstack },
	{ "wild", "none", wild },
};

int main(int argc, char **argv)
{
	pthread_attr_t attr;
	pthread_t t;

	for (size_t i = 0; argc == 2 && i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(argv[1], ways[i].name) != 0)
			continue;
		printf("expect: %s\n", ways[i].verdict);
		(void)fflush(stdout);
		return pthread_attr_init(&attr) || pthread_attr_setstacksize(&attr, STACK) ||
			pthread_create(&t, &attr, ways[i].run, NULL) || pthread_join(t, NULL);
	}
	(void)fputs("usage: faults recursion|jump|null|oldstack|wild\n", stderr);
	return 2;
}

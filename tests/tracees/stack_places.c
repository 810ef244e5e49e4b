/* SPDX-License-Identifier: MIT */
/*
 * Stacks in places that look like something else: in a reserve for a heap, where a stack with a guard had been, several
 * in one mapping, above guards of the program's own making. What is told must be what is there.
 */
#include "rawtask.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif
#define SIZE ((size_t)256 << 10)
#define PAGE ((size_t)sysconf(_SC_PAGESIZE))

static int births;
static pthread_barrier_t together;

static void *worker(void *arg)
{
	return arg;
}

static void *meet(void *arg)
{
	pthread_barrier_wait(&together);
	return arg;
}

static pthread_t start_at(char *low, size_t size, void *(*body)(void *))
{
	pthread_attr_t attr;
	pthread_t t;

	MUST(pthread_attr_init(&attr) == 0 && pthread_attr_setstack(&attr, low, size) == 0);
	MUST(pthread_create(&t, &attr, body, NULL) == 0);
	pthread_attr_destroy(&attr);
	births++;
	return t;
}

static void guard_is(const char *kind, size_t bytes, char *low)
{
	EXPECT("1 birth task=T%d guard.kind=%s guard.bytes=%zu", births, kind, bytes);
	EXPECT("1 birth task=T%d stack.low=%p", births, (void *)low);
	EXPECT("0 birth task=T%d stack.cached=true", births);
}

/* As large as glibc does not keep, so that the place is free again; and then taken by a mapping without a guard. */
static void where_a_stack_had_been(void)
{
	const size_t size = (size_t)64 << 20;
	pthread_attr_t attr;
	pthread_t t;

	MUST(pthread_attr_init(&attr) == 0 && pthread_attr_setstacksize(&attr, size) == 0);
	MUST(pthread_create(&t, &attr, worker, NULL) == 0);
	births++;
	EXPECT("1 birth task=T%d guard.kind=PROT_NONE guard.bytes=%d", births, GUARD_LEAST);
	pthread_join(t, NULL);
	char *low = map(size + PAGE, PROT_READ | PROT_WRITE, 0);
	pthread_join(start_at(low, size + PAGE, worker), NULL);
	guard_is("none", 0, low);
	MUST(munmap(low, size + PAGE) == 0);
}

/* A reserve that is opened in pieces, by mmap: several threads at once have their stacks in one. */
static void in_a_reserve(void)
{
	char *heap = map((size_t)64 << 20, PROT_NONE, 0);
	pthread_t t[4];

	MUST(mmap(heap, 4 * SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == heap);
	pthread_barrier_init(&together, NULL, 4);
	for (int i = 0; i < 4; i++) {
		t[i] = start_at(heap + SIZE * (size_t)i, SIZE, meet);
		if (ENDS_KNOWN)
			EXPECT("1 birth task=T%d stack.low=%p", births, (void *)(heap + SIZE * (size_t)i));
		else
			EXPECT("1 birth task=T%d stack.low=null", births);
		EXPECT("0 birth task=T%d stack.cached=true", births);
	}
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	MUST(munmap(heap, (size_t)64 << 20) == 0);
}

static void pieces_of_one_mapping(void)
{
	char *block = map(4 * SIZE, PROT_READ | PROT_WRITE, MAP_STACK);
	pthread_t t[4];

	for (int i = 0; i < 4; i++) {
		t[i] = start_at(block + SIZE * (size_t)i, SIZE, meet);
		if (ENDS_KNOWN)
			EXPECT("1 birth task=T%d stack.low=%p stack.bytes=%zu", births,
				(void *)(block + SIZE * (size_t)i), SIZE);
		else
			EXPECT("1 birth task=T%d stack.low=null", births);
	}
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	MUST(munmap(block, 4 * SIZE) == 0);
}

/* Joined, and its stack given back: what is mapped there now is nobody's record. */
static void where_nobody_is_any_more(void)
{
	char *block = map(SIZE, PROT_READ | PROT_WRITE, 0);

	pthread_join(start_at(block, SIZE, worker), NULL);
	MUST(munmap(block, SIZE) == 0);
	MUST(mmap(block, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == block);
}

static void above_own_guards(void)
{
	char *block = map(SIZE, PROT_READ | PROT_WRITE, 0);

	MUST(mprotect(block, 2 * PAGE, PROT_READ) == 0);
	pthread_join(start_at(block + 2 * PAGE, SIZE - 2 * PAGE, worker), NULL);
	guard_is("PROT_READ", 2 * PAGE, block + 2 * PAGE);
	MUST(munmap(block, SIZE) == 0);

	block = map(SIZE, PROT_READ | PROT_WRITE, MAP_STACK);
	if (madvise(block, 3 * PAGE, MADV_GUARD_INSTALL) < 0)
		return; /* Linux 6.13 has it */
	pthread_join(start_at(block + 3 * PAGE, SIZE - 3 * PAGE, worker), NULL);
	guard_is("MADV_GUARD", 3 * PAGE, block + 3 * PAGE);
	MUST(munmap(block, SIZE) == 0);
}

int main(void)
{
	where_a_stack_had_been();
	in_a_reserve();
	pieces_of_one_mapping();
	above_own_guards();
	where_nobody_is_any_more();
	EXPECT("0 finding");
	EXPECT("%d end how=exit", births);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Stacks that the program supplies: static, from the heap, mapped. The C library adds no guard to them. */
#include "rawtask.h"

#define SIZE (128 * 1024) /* the least that glibc takes on aarch64 */

static char fixed[SIZE] __attribute__((aligned(4096)));

static void *worker(void *arg)
{
	return arg;
}

static void *heap;

static void on(const char *what, void *low, bool stack)
{
	static int n;
	pthread_attr_t attr;
	pthread_t t;

	pthread_attr_init(&attr);
	MUST(pthread_attr_setstack(&attr, low, SIZE) == 0);
	MUST(pthread_create(&t, &attr, worker, NULL) == 0);
	pthread_join(t, NULL);
	n++;
	say("T%d: %s", n, what);
	/* In one mapping with another's stack, whose end may come later where calls are not seen, nothing tells. */
	EXPECT_IF("%s", "1 birth task=T%d kind=thread guard.kind=none guard.bytes=0 stack.cached=false",
		ENDS_KNOWN ? "" : "calls", n);
	if (!ENDS_KNOWN && !stack) /* an mmap that is not seen, and may be one with the heap's */
		return;
	EXPECT_IF("%s", "1 birth task=T%d stack.low=%p", ENDS_KNOWN ? "" : "calls", n, low);
	if (low != heap) /* inside another mapping only clone3's own range is known, less the C library's part */
		EXPECT_IF("%s", "1 birth task=T%d stack.bytes=%d", ENDS_KNOWN ? "" : "calls", n, SIZE);
}

int main(void)
{
	on("static", fixed, false);
	MUST(posix_memalign(&heap, 4096, SIZE) == 0);
	on("heap", heap, false);
	on("mapped", map(SIZE, PROT_READ | PROT_WRITE, 0), false);
	on("mapped again", map(SIZE, PROT_READ | PROT_WRITE, MAP_STACK), true);
	return 0;
}

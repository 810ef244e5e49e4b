/* SPDX-License-Identifier: MIT */
/*
 * Threads on memory of the program's own, each above another sort of guard, and one above none. Says "guarded" and
 * where the stacks begin once all of them run, and waits for SIGTERM.
 */
#include "oddity.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif
#define SIZE ((size_t)256 << 10)
#define PAGE 4096

static pthread_barrier_t together;

static void *body(void *arg)
{
	(void)arg;
	pthread_barrier_wait(&together);
	pause();
	return NULL;
}

static void start_above(size_t guard, char *block)
{
	pthread_attr_t attr;
	pthread_t t;

	MUST(pthread_attr_init(&attr) == 0 && pthread_attr_setstack(&attr, block + guard, SIZE - guard) == 0);
	MUST(pthread_create(&t, &attr, body, NULL) == 0);
}

static char *block(void)
{
	char *at = mmap(NULL, SIZE + PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	/* What lies above is no part of it: so no two blocks are one mapping. */
	MUST(at != MAP_FAILED && mprotect(at, SIZE, PROT_READ | PROT_WRITE) == 0);
	return at;
}

int main(void)
{
	sigset_t term;
	char *by_madvise = block(), *none = block(), *read_only = block(), *no_access = block();
	int sig;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	MUST(pthread_sigmask(SIG_BLOCK, &term, NULL) == 0);
	pthread_barrier_init(&together, NULL, 5);
	if (madvise(by_madvise, 3 * PAGE, MADV_GUARD_INSTALL) < 0)
		skip("this kernel has no MADV_GUARD_INSTALL (Linux 6.13)");
	MUST(mprotect(read_only, 2 * PAGE, PROT_READ) == 0 && mprotect(no_access, PAGE, PROT_NONE) == 0);
	start_above(3 * PAGE, by_madvise);
	start_above(2 * PAGE, read_only);
	start_above(PAGE, no_access);
	start_above(PAGE, none); /* above a page like any other */
	pthread_barrier_wait(&together);
	say("guarded");
	MUST(sigwait(&term, &sig) == 0);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* A thread stores below its stack, into the guard: SIGSEGV ends the process. */
#include "oddity.h"

static volatile char *guard;

static void *worker(void *arg)
{
	pthread_attr_t attr;
	void *low;
	size_t size;

	MUST(pthread_getattr_np(pthread_self(), &attr) == 0 && pthread_attr_getstack(&attr, &low, &size) == 0);
	guard = (char *)low - 8;
	EXPECT("1 signal task=T1 signal=SIGSEGV code=SEGV_ACCERR fatal=true addr=0x%lx", (unsigned long)guard);
	EXPECT("2 end how=signal signal=SIGSEGV");
	*guard = 1;
	return arg;
}

int main(void)
{
	return pthread_join(start(worker, NULL), NULL);
}

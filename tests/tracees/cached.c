/* SPDX-License-Identifier: MIT */
/* glibc keeps the stack of a thread that was joined and gives it to the next one. */
#include "oddity.h"

static void *worker(void *arg)
{
	return arg;
}

int main(void)
{
	for (int i = 0; i < 4; i++)
		pthread_join(start(worker, NULL), NULL);
	EXPECT("4 birth kind=thread stack.bytes=8388608 guard.kind=PROT_NONE guard.bytes=%d", GUARD_LEAST);
	EXPECT("1 birth kind=thread stack.cached=false");
	EXPECT_IF("calls", "3 birth kind=thread stack.cached=true");
	EXPECT_IF("light", "3 birth kind=thread stack.cached=null"); /* it might have been unmapped and mapped again */
	EXPECT_IF("calls", "1 call name=mmap args~MAP_STACK");
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * A thread made some calls deep. It is built with pointer authentication where a machine has that (aarch64): return
 * addresses lie on the stack with a signature, in bits that no address has.
 */
#include "oddity.h"

#ifdef __aarch64__
#include <sys/auxv.h>

/* Whether one of the callers' return addresses is signed. One signature of 128 looks like none. */
__attribute__((noinline)) static bool is_signed(void)
{
	const uint64_t *frame = __builtin_frame_address(0);

	for (int i = 0; i < 4; i++, frame = (const uint64_t *)frame[0]) /* x29 and x30 */
		if (frame[1] >> 48)
			return true;
	return false;
}
#endif

static void *worker(void *arg)
{
	return arg;
}

__attribute__((noinline)) static int inner(int n)
{
#ifdef __aarch64__
	MUST(is_signed() || !(getauxval(AT_HWCAP) & HWCAP_PACA));
#endif
	pthread_join(start(worker, NULL), NULL);
	return n + 1;
}

__attribute__((noinline)) static int middle(int n)
{
	return inner(n + 1) + 1;
}

__attribute__((noinline)) static int outer(int n)
{
	return middle(n + 1) + 1;
}

int main(void)
{
	/* The second time the place is recognised. */
	for (int i = 0; i < 2; i++)
		MUST(outer(0) == 5);
	EXPECT("2 birth kind=thread creator~inner creator~middle creator~outer creator~main creator~_start");
	return 0;
}

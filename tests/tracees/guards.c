/* SPDX-License-Identifier: MIT */
/* Guards of no size, of the default size and of four times that. */
#include "oddity.h"

static void *worker(void *arg)
{
	return arg;
}

int main(void)
{
	static const size_t guards[] = { 0, GUARD_LEAST, 4 * GUARD_LEAST };

	for (int i = 0; i < 3; i++) {
		pthread_attr_t attr;
		pthread_t t;
		pthread_attr_init(&attr);
		pthread_attr_setstacksize(&attr, 1024UL * 1024 * (size_t)(i + 1)); /* no two fit the cached one */
		pthread_attr_setguardsize(&attr, guards[i]);
		MUST(pthread_create(&t, &attr, worker, NULL) == 0);
		pthread_join(t, NULL);
		/* Below the first, which has none, the second's stack goes on: one mapping. */
		EXPECT_IF("%s", "1 birth task=T%d kind=thread guard.kind=%s guard.bytes=%zu",
			i == 1 && !ENDS_KNOWN ? "calls" : "", i + 1, guards[i] ? "PROT_NONE" : "none", guards[i]);
		EXPECT_IF("calls", "1 birth task=T%d stack.bytes=%d", i + 1, 1024 * 1024 * (i + 1));
	}
	EXPECT_IF("calls", "1 finding id=no-guard severity=note text~'1 thread, made by main at '");
	EXPECT_IF("light", "0 finding id=no-guard"); /* whose stack it is was not seen */
	return 0;
}

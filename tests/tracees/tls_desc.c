/* SPDX-License-Identifier: MIT */
/* What 32-bit programs pass to clone for CLONE_SETTLS is a descriptor, and the kernel looks at all of it. */
#include "oddity.h"

#ifdef __i386__
#include <asm/ldt.h>

static char stack[65536] __attribute__((aligned(4096)));

static int child(void *arg)
{
	(void)arg;
	return 0;
}

static int clone_with(void *desc)
{
	int pid = clone(child, stack + sizeof(stack), CLONE_SETTLS | SIGCHLD, NULL, NULL, desc);

	if (pid > 0)
		waitpid(pid, NULL, 0);
	return pid > 0 ? 0 : errno;
}

int main(void)
{
	const struct user_desc good = {
		.entry_number = 13, .seg_32bit = 1, .limit = 0xfffff, .limit_in_pages = 1, .useable = 1
	};
	struct user_desc elsewhere = good, wide = good, blank = { .entry_number = 14 };

	elsewhere.entry_number = 20;
	wide.seg_32bit = 0;
	MUST(clone_with(&blank) == 0);
	MUST(clone_with((void *)&good) == 0);
	MUST(clone_with(&elsewhere) == EINVAL);
	MUST(clone_with(&wide) == EINVAL);
	MUST(clone_with((void *)8) == EFAULT);
	EXPECT_IF("calls", "2 failed via=clone rule=settls-desc-bad certain=true");
	EXPECT_IF("calls", "1 failed via=clone rule=settls-desc-unreadable certain=true");
	EXPECT("2 birth kind=process via=clone");
	return 0;
}
#else
int main(void)
{
	skip("descriptors are for 32-bit programs");
}
#endif

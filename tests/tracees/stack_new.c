/* SPDX-License-Identifier: MIT */
/* A stack as glibc >= 2.42 makes it: mapped with access, guarded by madvise; two neighbours merge into one mapping. */
#include "rawtask.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

int main(void)
{
	size_t size = 256 * 1024;

	for (int i = 0; i < 2; i++) {
		char *low = map(size, PROT_READ | PROT_WRITE, MAP_STACK);
		if (madvise(low, 8192, MADV_GUARD_INSTALL) < 0)
			skip("this kernel has no MADV_GUARD_INSTALL (Linux 6.13)");
		run_on(low, low + size, 0);
		EXPECT("1 birth task=T%d via=clone guard.kind=MADV_GUARD guard.low=%p guard.bytes=8192", i + 1,
			(void *)low);
		EXPECT_IF("calls", "1 birth task=T%d stack.low=%p stack.bytes=%zu", i + 1, (void *)(low + 8192),
			size - 8192);
	}
	EXPECT_IF("calls", "2 call name=madvise args~MADV_GUARD_INSTALL errno=null");
	EXPECT("2 end how=exit");
	return 0;
}

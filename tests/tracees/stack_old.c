/* SPDX-License-Identifier: MIT */
/* A stack as glibc before 2.26 made it: mapped with access, then the lowest page closed. */
#include "rawtask.h"

int main(void)
{
	const size_t size = 256 * 1024, page = (size_t)sysconf(_SC_PAGESIZE);

	(void)map(
		size, PROT_NONE, 0); /* above the stack, which the kernel would merge with a mapping that has access */
	char *low = map(size, PROT_READ | PROT_WRITE, MAP_STACK);
	MUST(mprotect(low, page, PROT_NONE) == 0);
	EXPECT("1 birth kind=thread via=clone guard.low=%p guard.bytes=%zu", (void *)low, page);
	EXPECT_IF("calls", "1 birth kind=thread guard.kind=runtime");
	EXPECT("1 birth kind=thread stack.low=%p stack.high=%p stack.bytes=%zu", (void *)(low + page),
		(void *)(low + size), size - page);
	EXPECT_IF("calls", "1 call name=mmap args~MAP_STACK");
	EXPECT_IF("calls", "1 call name=mprotect args~PROT_NONE");
	run_on(low, low + size, 0);
	EXPECT("1 end task=T1 how=exit status=0");
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* mmap of a thread's stack fails with ENOMEM: RLIMIT_AS, as by ulimit -v. */
#include "failing.h"

#include <sys/mman.h>
#include <sys/resource.h>

enum { STACK_BYTES = 64 << 20, LIMIT_BYTES = 48 << 20 };

int main(int argc, char **argv)
{
	struct rlimit as = { LIMIT_BYTES, LIMIT_BYTES };

	if (setrlimit(RLIMIT_AS, &as))
		return skipped("RLIMIT_AS can't be set");
	void *p = mmap(NULL, STACK_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (p != MAP_FAILED || errno != ENOMEM)
		return 1;
	return failed("mmap", 0, ENOMEM, STACK_BYTES, argc, argv);
}

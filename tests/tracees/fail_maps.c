/* SPDX-License-Identifier: MIT */
/*
 * mprotect of a thread's stack fails with ENOMEM: vm.max_map_count. `fail_maps create`: the stack is one that
 * pthread_create makes.
 */
#include "failing.h"

#include <pthread.h>
#include <sys/mman.h>

#define PAGE ((size_t)sysconf(_SC_PAGESIZE))
enum { MOST = 300000 };

static void *nothing(void *arg)
{
	return arg;
}

int main(int argc, char **argv)
{
	bool create = argc > 1 && strcmp(argv[1], "create") == 0;
	pthread_t t;

	char *area = mmap(NULL, (size_t)MOST * 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (area == MAP_FAILED)
		return skipped("no address space for so many mappings");
	/* Every second page readable: each call makes two mappings more. */
	for (size_t i = 0; i < MOST; i++)
		if (mprotect(area + (2 * i + 1) * PAGE, PAGE, PROT_READ)) {
			if (errno != ENOMEM)
				return 1;
			if (create && pthread_create(&t, NULL, nothing, NULL) != EAGAIN)
				return 1;
			return failed("mprotect", 0, ENOMEM, PAGE, argc, argv);
		}
	return skipped("vm.max_map_count is too high to be reached");
}

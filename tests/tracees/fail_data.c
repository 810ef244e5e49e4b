/* SPDX-License-Identifier: MIT */
/* mprotect of a thread's stack fails with ENOMEM, and pthread_create with EAGAIN: RLIMIT_DATA, as by ulimit -d. */
#include "failing.h"

#include <pthread.h>
#include <sys/resource.h>

enum { STACK_BYTES = 64 << 20, LIMIT_BYTES = 16 << 20 };

static void *nothing(void *arg)
{
	return arg;
}

int main(int argc, char **argv)
{
	struct rlimit data = { LIMIT_BYTES, LIMIT_BYTES };
	pthread_attr_t attr;
	pthread_t t;

	if (setrlimit(RLIMIT_DATA, &data))
		return skipped("RLIMIT_DATA can't be set");
	if (pthread_attr_init(&attr) || pthread_attr_setstacksize(&attr, STACK_BYTES))
		return 1;
	if (pthread_create(&t, &attr, nothing, NULL) != EAGAIN)
		return 1;
	return failed("mprotect", 0, ENOMEM, STACK_BYTES, argc, argv);
}

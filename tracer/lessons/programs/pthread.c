/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

static volatile int done;
static int *volatile its;

static int work(void *arg)
{
	its = &errno;
	close(-1); /* fails with EBADF */
	done = 1;
	return arg != NULL;
}

#ifdef WITH
static void *thread(void *arg)
{
	return work(arg) ? arg : NULL;
}

static int start(void)
{
	pthread_t t;

	return pthread_create(&t, NULL, thread, NULL) ? -1 : 0;
}
#else
static char stack[65536] __attribute__((aligned(16)));

static int start(void)
{
	return clone(work, stack + 65536,
		CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
			CLONE_SYSVSEM,
		NULL);
}
#endif

int main(void)
{
	int mine;

	errno = 0;
	if (start() < 0) {
		perror("start");
		return 77;
	}
	while (!done)
		;
	mine = errno;
	printf(
		"it has an errno of its own: %s\n", its == &errno ? "no" : "yes");
	printf("mine is %s\n", mine == EBADF ? "EBADF" : mine ? "?" : "0");
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * Threads until no number is left, once each has been given: those below 300 are not given again (kernel/pid.c). It
 * needs a pid namespace of its own, with a small kernel.pid_max.
 */
#include "failing.h"
#include "small_stack.h"

#include <pthread.h>
#include <sys/syscall.h>

static volatile pid_t last;

static void *passes(void *arg)
{
	last = (pid_t)syscall(SYS_gettid);
	return arg;
}

static void *stays(void *arg)
{
	for (;;)
		pause();
	return arg;
}

int main(void)
{
	pthread_attr_t attr;
	pthread_t t;
	pid_t before;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, SMALL_STACK);
	do { /* until the numbers begin again */
		before = last;
		if (pthread_create(&t, &attr, passes, NULL) || pthread_join(t, NULL))
			return 1;
	} while (last >= before);
	while (pthread_create(&t, &attr, stays, NULL) == 0)
		;
	_exit(0);
}

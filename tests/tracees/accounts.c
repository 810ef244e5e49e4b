/* SPDX-License-Identifier: MIT */
/*
 * Threads that tell of themselves what thrtrace should find out from outside, as lines of words:
 *   thread TID NAME ROUTINE STACK-LOW STACK-HIGH GUARD-BYTES
 * Then "ready"; it waits for its standard input to end, and ends all threads.
 */
#include "oddity.h"
#include "small_stack.h"

static pthread_barrier_t told, over;

static void tell(const char *name, const char *routine)
{
	pthread_attr_t a;
	void *low;
	size_t size, guard;

	prctl(PR_SET_NAME, name);
	pthread_getattr_np(pthread_self(), &a);
	pthread_attr_getstack(&a, &low, &size);
	pthread_attr_getguardsize(&a, &guard);
	if (guard && guard < GUARD_LEAST) /* it says what it was asked for */
		guard = GUARD_LEAST;
	say("thread %ld %s %s %p %p %zu", (long)syscall(SYS_gettid), name, routine, low, (void *)((char *)low + size),
		guard);
	pthread_attr_destroy(&a);
	pthread_barrier_wait(&told);
}

static void *asleep(void *arg)
{
	tell("asleep", __func__);
	pthread_barrier_wait(&over);
	return arg;
}

static void *small(void *arg)
{
	tell("small ) (", __func__);
	pthread_barrier_wait(&over);
	return arg;
}

static volatile int spin = 1;

static void *busy(void *arg)
{
	tell("busy", __func__);
	while (spin)
		;
	pthread_barrier_wait(&over);
	return arg;
}

static void *guarded(void *arg)
{
	tell("guarded", __func__);
	pthread_barrier_wait(&over);
	return arg;
}

static void start_with(void *(*fn)(void *), size_t stack, size_t guard)
{
	pthread_attr_t a;
	pthread_t t;

	pthread_attr_init(&a);
	pthread_attr_setstacksize(&a, stack);
	pthread_attr_setguardsize(&a, guard);
	if (pthread_create(&t, &a, fn, NULL))
		exit(3);
	pthread_attr_destroy(&a);
}

int main(void)
{
	char c;

	pthread_barrier_init(&told, NULL, 5);
	pthread_barrier_init(&over, NULL, 5);
	start(asleep, NULL);
	start(busy, NULL);
	start_with(small, SMALL_STACK, 4096);
	start_with(guarded, 256 << 10, 64 << 10);
	pthread_barrier_wait(&told);
	say("ready");
	while (read(0, &c, 1) > 0)
		;
	spin = 0;
	pthread_barrier_wait(&over);
	say("over");
	return 0;
}

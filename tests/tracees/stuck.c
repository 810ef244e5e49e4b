/* SPDX-License-Identifier: MIT */
/*
 * Threads that can't go on: stuck WAY. Says "ready" when they are where they stay, and ends with its input; by itself
 * it would not.
 */
#include "oddity.h"

static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER, two = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;
static volatile pid_t waiters[2];

static void take(pthread_mutex_t *first, pthread_mutex_t *second, int i)
{
	pthread_mutex_lock(first);
	pthread_barrier_wait(&both);
	waiters[i] = gettid();
	pthread_mutex_lock(second);
}

static void *one_two(void *arg)
{
	take(&one, &two, 0);
	return arg;
}

static void *two_one(void *arg)
{
	take(&two, &one, 1);
	return arg;
}

static void circle(void)
{
	MUST(pthread_barrier_init(&both, NULL, 2) == 0);
	start(one_two, NULL);
	start(two_one, NULL);
	wait_in_call(wait_tid(&waiters[0]), SYS_futex);
	wait_in_call(wait_tid(&waiters[1]), SYS_futex);
}

static void *takes_and_ends(void *arg)
{
	pthread_mutex_lock(&one);
	return arg;
}

static void *waits_for_one(void *arg)
{
	waiters[0] = gettid();
	pthread_mutex_lock(&one);
	return arg;
}

static void gone(void)
{
	pthread_join(start(takes_and_ends, NULL), NULL);
	start(waits_for_one, NULL);
	wait_in_call(wait_tid(&waiters[0]), SYS_futex);
}

static void *blocks_all(void *arg)
{
	unsigned long all = ~0UL;

	MUST(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &all, NULL, sizeof(all)) == 0);
	waiters[0] = gettid();
	for (;;)
		syscall(SYS_ppoll, NULL, 0, NULL, NULL, 0); /* pause(2) is not a call of every machine */
	return arg;
}

static void *changes_ids(void *arg)
{
	waiters[1] = gettid();
	MUST(seteuid(geteuid()) == 0);
	return arg;
}

static void setxid(void)
{
	start(blocks_all, NULL);
	wait_in_call(wait_tid(&waiters[0]), SYS_ppoll);
	start(changes_ids, NULL);
	wait_in_call(wait_tid(&waiters[1]), SYS_futex);
}

/* Two who wait, and for each there is somebody who goes on. */
static void *holds(void *arg)
{
	pthread_mutex_lock(&one);
	pthread_barrier_wait(&both);
	waiters[1] = gettid();
	pause();
	return arg;
}

static void fine(void)
{
	MUST(pthread_barrier_init(&both, NULL, 2) == 0);
	start(holds, NULL);
	pthread_barrier_wait(&both);
	start(waits_for_one, NULL);
	wait_in_call(wait_tid(&waiters[0]), SYS_futex);
}

static const struct {
	const char *name;
	void (*way)(void);
} ways[] = {
	{ "circle", circle },
	{ "gone", gone },
	{ "setxid", setxid },
	{ "fine", fine },
};

int main(int argc, char **argv)
{
	char c;

	for (size_t i = 0; argc >= 2 && i < sizeof(ways) / sizeof(*ways); i++)
		if (strcmp(ways[i].name, argv[1]) == 0) {
			ways[i].way();
			say("ready");
			if (argc == 3) /* as somebody who has waited long enough would */
				kill(getpid(), SIGTERM);
			while (read(0, &c, 1) > 0)
				;
			_exit(0);
		}
	return 2;
}

/* SPDX-License-Identifier: MIT */
/* make_one() creates a thread inside a signal handler, on an alternate stack. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stddef.h>

static char alt[65536];

static void *run_one(void *arg)
{
	return arg;
}

__attribute__((noinline)) static void make_one(int sig)
{
	pthread_t t;

	if (pthread_create(&t, NULL, run_one, (void *)(long)sig) == 0)
		(void)pthread_join(t, NULL);
}

__attribute__((noinline)) static int interrupted(void)
{
	return raise(SIGUSR1);
}

int main(void)
{
	stack_t ss = { .ss_sp = alt, .ss_size = sizeof(alt) };
	struct sigaction sa = { .sa_handler = make_one, .sa_flags = SA_ONSTACK };

	return sigaltstack(&ss, NULL) || sigaction(SIGUSR1, &sa, NULL) || interrupted() || interrupted();
}

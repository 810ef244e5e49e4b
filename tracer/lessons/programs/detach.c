/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef WITH
#define STATE PTHREAD_CREATE_DETACHED
#else
#define STATE PTHREAD_CREATE_JOINABLE
#endif
#define THREADS 5

static volatile int tid;
static char *volatile place;

static void *work(void *arg)
{
	char on_the_stack;

	place = &on_the_stack;
	tid = syscall(SYS_gettid);
	return arg;
}

int main(void)
{
	char *first = NULL;
	pthread_attr_t attr;
	pthread_t thread;
	int stacks = 1;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, STATE);
	for (int i = 0; i < THREADS; i++) {
		tid = 0;
		if (pthread_create(&thread, &attr, work, NULL))
			return 77;
		while (tid == 0 || syscall(SYS_tgkill, getpid(), tid, 0) == 0)
			usleep(1000); /* until it is gone */
		first = first ? first : place;
		stacks += place != first;
	}
	printf("5 threads lived, one after another\n");
	printf("they have taken %d stack%s\n", stacks, stacks == 1 ? "" : "s");
	return 0;
}

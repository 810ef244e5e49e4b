/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#define YES(x) ((x) ? "yes" : "no")

static pid_t main_pid;
static pthread_t main_self;

static void *who(void *arg)
{
	printf("getpid() is that of main: %s\n", YES(getpid() == main_pid));
	printf(
		"gettid() is getpid(): %s\n", YES(syscall(SYS_gettid) == getpid()));
	printf("pthread_self() is main's: %s\n",
		YES(pthread_equal(pthread_self(), main_self)));
	return arg;
}

int main(void)
{
	main_pid = getpid();
	main_self = pthread_self();
#ifdef WITH
	pthread_t thread;
	if (pthread_create(&thread, NULL, who, NULL))
		return 77;
	pthread_join(thread, NULL);
#else
	who(NULL);
#endif
	return 0;
}

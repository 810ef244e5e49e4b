/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static pthread_t main_thread;
static sigset_t usr1;
static const char *volatile who = "nobody";

static void handler(int sig)
{
	(void)sig;
	who = pthread_equal(pthread_self(), main_thread) ? "main" : "worker";
}

static void *work(void *arg)
{
	pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
#ifdef WITH
	pthread_kill(main_thread, SIGUSR1);
#else
	kill(getpid(), SIGUSR1);
#endif
	return arg;
}

int main(void)
{
	sigset_t pending;
	pthread_t thread;

	main_thread = pthread_self();
	signal(SIGUSR1, handler);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &usr1, NULL);
	if (pthread_create(&thread, NULL, work, NULL))
		return 77;
	pthread_join(thread, NULL);
	sigpending(&pending);
	printf("main blocks it, the worker does not\n");
	printf("it was handled by: %s\n", who);
	printf("it waits for main: %s\n",
		sigismember(&pending, SIGUSR1) ? "yes" : "no");
	return 0;
}

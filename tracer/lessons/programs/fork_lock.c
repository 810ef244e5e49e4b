/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static volatile int locked, forked;

static void *work(void *arg)
{
	pthread_mutex_lock(&mutex);
	locked = 1;
	for (int ms = 0; ms < 500 && !forked; ms++)
		usleep(1000);
	pthread_mutex_unlock(&mutex);
	return arg;
}

static void lock(void)
{
	pthread_mutex_lock(&mutex);
}

static void unlock(void)
{
	pthread_mutex_unlock(&mutex);
}

static int child(void)
{
	usleep(50000);
	return pthread_mutex_trylock(&mutex) != 0;
}

int main(void)
{
	pthread_t thread;
	int pid, status;

#ifdef WITH
	pthread_atfork(lock, unlock, unlock);
#else
	(void)lock, (void)unlock;
#endif
	if (pthread_create(&thread, NULL, work, NULL))
		return 77;
	while (!locked)
		usleep(1000);
	pid = fork();
	if (pid == 0)
		_exit(child());
	forked = 1;
	pthread_join(thread, NULL);
	if (pid < 0)
		return 77;
	waitpid(pid, &status, 0);
	printf("the thread unlocks its mutex\n");
	printf("the child of fork() %s\n",
		WEXITSTATUS(status) ? "finds it locked" : "gets it");
	return 0;
}

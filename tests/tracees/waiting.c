/* SPDX-License-Identifier: MIT */
/*
 * waiting WHAT...: threads that wait, for whoever looks at them; "ready" once all are there, and an end at the end of
 * standard input.
 *   deadlock  "left" and "right" wait for each other's mutex
 *   places    each thread has the name of what it waits in
 *   crowd     200 threads that spin
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER, two = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t both;
static sem_t none;
static pthread_t sleeper;

static pthread_t start(void *(*run)(void *), void *arg)
{
	pthread_attr_t attr;
	pthread_t t;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 256 << 10);
	if (pthread_create(&t, &attr, run, arg))
		abort();
	return t;
}

static void *left(void *arg)
{
	prctl(PR_SET_NAME, "left");
	pthread_mutex_lock(&one);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(&two);
	return arg;
}

static void *right(void *arg)
{
	prctl(PR_SET_NAME, "right");
	pthread_mutex_lock(&two);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(&one);
	return arg;
}

static void *spin(void *arg)
{
	char name[16];
	volatile uint64_t n = 0;

	snprintf(name, sizeof(name), "spin-%d", (int)(intptr_t)arg);
	prctl(PR_SET_NAME, name);
	for (;;)
		n = n + 1;
	return NULL;
}

static void *place(void *arg)
{
	struct epoll_event ev;
	char c;
	int fd[2];

	prctl(PR_SET_NAME, arg);
	if (strcmp(arg, "mutex") == 0)
		pthread_mutex_lock(&one);
	else if (strcmp(arg, "rwlock") == 0)
		pthread_rwlock_rdlock(&rwlock);
	else if (strcmp(arg, "semaphore") == 0)
		sem_wait(&none);
	else if (strcmp(arg, "epoll_wait") == 0)
		epoll_wait(epoll_create1(0), &ev, 1, -1);
	else if (strcmp(arg, "pipe") == 0 && !pipe(fd))
		(void)!read(fd[0], &c, 1);
	else if (strcmp(arg, "socket") == 0 && !socketpair(AF_UNIX, SOCK_STREAM, 0, fd))
		recv(fd[0], &c, 1, 0);
	else if (strcmp(arg, "join") == 0)
		pthread_join(sleeper, NULL);
	else if (strcmp(arg, "condition") == 0) {
		pthread_mutex_lock(&two);
		pthread_cond_wait(&cond, &two);
	}
	for (;;)
		sleep(1000);
	return NULL;
}

int main(int argc, char **argv)
{
	static char *const places[] = { "mutex", "rwlock", "semaphore", "epoll_wait", "pipe", "socket", "join",
		"condition" };
	const char *what = argc > 1 ? argv[1] : "places";
	char c;

	if (strcmp(what, "deadlock") == 0) {
		pthread_barrier_init(&both, NULL, 2);
		start(left, NULL);
		start(right, NULL);
	} else if (strcmp(what, "crowd") == 0) {
		for (intptr_t i = 0; i < 200; i++)
			start(spin, (void *)i);
	} else {
		pthread_mutex_lock(&one);
		pthread_rwlock_wrlock(&rwlock);
		sem_init(&none, 0, 0);
		sleeper = start(place, "sleep");
		for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++)
			start(place, places[i]);
	}
	puts("ready");
	fflush(stdout);
	(void)!read(0, &c, 1);
	_exit(0);
}

/* SPDX-License-Identifier: MIT */
/* The smallest threaded program: it makes one thread and joins it. */
#include <pthread.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *worker(void *arg)
{
	printf("worker: pid=%d tid=%d arg=%d\n", getpid(), (int)syscall(SYS_gettid), (int)(long)arg);
	return NULL;
}

int main(void)
{
	pthread_t thread;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("main:   pid=%d tid=%d\n", getpid(), (int)syscall(SYS_gettid));
	if (pthread_create(&thread, NULL, worker, (void *)42L) != 0)
		return 1;
	return pthread_join(thread, NULL) != 0;
}

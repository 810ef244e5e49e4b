/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef WITH
#define EXIT SYS_exit_group /* what exit(3) and _exit(2) call */
#else
#define EXIT SYS_exit /* what the end of a thread calls */
#endif

static void *work(void *arg)
{
	syscall(EXIT, 3);
	return arg;
}

int main(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, work, NULL))
		return 77;
	pthread_join(thread, NULL);
	printf("main goes on\n");
	return 0;
}

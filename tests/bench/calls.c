/* SPDX-License-Identifier: MIT */
/* calls N: two threads make N cheap system calls each. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static long n;

static void *call(void *arg)
{
	for (long i = 0; i < n; i++)
		syscall(SYS_getppid);
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t t[2];

	n = argc > 1 ? strtol(argv[1], NULL, 10) : 1000000;
	for (int i = 0; i < 2; i++)
		if (pthread_create(&t[i], NULL, call, NULL))
			return 1;
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	return 0;
}

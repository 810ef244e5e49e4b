/* SPDX-License-Identifier: MIT */
/* make_one() creates a thread that runs run_one(), long enough for who looks on without stopping it. */
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

static void *run_one(void *arg)
{
	usleep(20000);
	return arg;
}

__attribute__((noinline)) static int make_one(long arg)
{
	pthread_t t;

	return pthread_create(&t, NULL, run_one, (void *)arg) || pthread_join(t, NULL);
}

int main(void)
{
	return make_one(42) + make_one(43);
}

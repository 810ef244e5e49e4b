/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdio.h>

#ifdef WITH
static __thread int x = 1;
#else
static int x = 1;
#endif

static void *work(void *its_creators)
{
	x = 2;
	return its_creators == &x ? its_creators : NULL;
}

int main(void)
{
	pthread_t thread;
	void *same = NULL;

	if (pthread_create(&thread, NULL, work, &x))
		return 77;
	pthread_join(thread, &same);
	printf("&x is the same in both: %s\n", same ? "yes" : "no");
	printf("main reads %d\n", x);
	return 0;
}

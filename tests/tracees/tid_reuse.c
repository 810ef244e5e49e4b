/* SPDX-License-Identifier: MIT */
/* More threads than there are tids (run in a pid namespace with a small pid_max): each label is still one thread. */
#include "oddity.h"

#define THREADS 900

static pid_t tids[THREADS];
static int reused;

static void *worker(void *arg)
{
	*(pid_t *)arg = gettid();
	return NULL;
}

int main(void)
{
	for (int i = 0; i < THREADS; i++) {
		pthread_join(start(worker, &tids[i]), NULL);
		for (int k = 0; k < i; k++)
			if (tids[k] == tids[i]) {
				reused++;
				break;
			}
	}
	MUST(reused > 0);
	EXPECT("%d birth kind=thread", THREADS);
	EXPECT("%d end how=exit", THREADS);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Joins a thread, and needs a process with one thread then: unshare(CLONE_NEWUSER). alive: while that one lives. */
#include "oddity.h"

static pthread_barrier_t over;

static void *thread(void *arg)
{
	if (arg)
		pthread_barrier_wait(&over);
	return NULL;
}

int main(int argc, char **argv)
{
	bool alive = argc > 1 && strcmp(argv[1], "alive") == 0;

	pthread_barrier_init(&over, NULL, 2);
	pthread_t t = start(thread, alive ? &over : NULL);
	if (!alive)
		pthread_join(t, NULL);
	if (unshare(CLONE_NEWUSER) == 0)
		return 0;
	return errno == EINVAL ? 22 : 77;
}

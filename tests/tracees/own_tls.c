/* SPDX-License-Identifier: MIT */
/* A program with thread-local variables of its own. */
#include "oddity.h"

static _Thread_local volatile char mine[200];

static void *worker(void *arg)
{
	mine[0] = 1;
	return mine[0] ? NULL : arg;
}

int main(void)
{
	pthread_join(start(worker, NULL), NULL);
	return 0;
}

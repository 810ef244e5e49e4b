/* SPDX-License-Identifier: MIT */
/* The first thread leaves by pthread_exit, and two others stay for ever. Says "ready" before. */
#include "oddity.h"

static void *stays(void *arg)
{
	for (;;)
		pause();
	return arg;
}

int main(void)
{
	start(stays, NULL);
	start(stays, NULL);
	say("ready");
	pthread_exit(NULL);
}

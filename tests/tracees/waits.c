/* SPDX-License-Identifier: MIT */
/*
 * Three threads and a child that wait for ever, for tests that end them from outside: says "ready". With an argument,
 * SIGINT and SIGTERM are caught and end it with status 42.
 */
#include "oddity.h"

static void *idle(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void caught(int sig)
{
	(void)sig;
	_exit(42);
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		signal(SIGINT, caught);
		signal(SIGTERM, caught);
	}
	start(idle, NULL);
	start(idle, NULL);
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		idle(NULL);
	}
	say("ready");
	idle(NULL);
}

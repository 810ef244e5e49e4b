/* SPDX-License-Identifier: MIT */
/*
 * exec_again N: a thread that is not the first, among others, runs this program anew, N times. Says "ready" and
 * "done".
 */
#include "oddity.h"

static char **args;

static void *idle(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void *anew(void *arg)
{
	char left[32];
	long n = atol(args[1]);

	sleep_ms(3);
	if (n <= 0) {
		say("done");
		_exit(0);
	}
	snprintf(left, sizeof(left), "%ld", n - 1);
	execl("/proc/self/exe", args[0], left, "again", (char *)0);
	return arg;
}

int main(int argc, char **argv)
{
	args = argv;
	for (int i = 0; i < 20; i++)
		start(idle, NULL);
	if (argc == 2)
		say("ready");
	start(anew, NULL);
	idle(NULL);
}

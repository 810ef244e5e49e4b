/* SPDX-License-Identifier: MIT */
/* SIGKILL to the group: by kill, or by tgkill to one thread ("thread"), which ends them all as well. */
#include "oddity.h"

static volatile pid_t victim;

static void *idle(void *arg)
{
	if (arg)
		victim = gettid();
	for (;;)
		pause();
	return arg;
}

int main(int argc, char **argv)
{
	(void)argv;
	start(idle, (void *)1L);
	start(idle, NULL);
	start(idle, NULL);
	while (!victim)
		sleep_ms(1);
	EXPECT("4 birth");
	EXPECT("4 end how=signal signal=SIGKILL status=null");
	if (argc > 1)
		syscall(SYS_tgkill, getpid(), victim, SIGKILL);
	else
		kill(getpid(), SIGKILL);
	for (;;)
		pause();
}

/* SPDX-License-Identifier: MIT */
/*
 * The leader ends by pthread_exit while another thread lives on, makes a third and ends the process; or, with an
 * argument, kills it.
 */
#include "oddity.h"

static void *brief(void *arg)
{
	return arg;
}

static void *worker(void *arg)
{
	wait_state(getpid(), "Z");
	if (arg)
		kill(getpid(), SIGKILL);
	pthread_join(start(brief, arg), NULL);
	EXPECT("1 leader_exit task=T0 status=0");
	EXPECT("1 birth task=T2 parent=T1 kind=thread guard.kind=PROT_NONE");
	EXPECT("1 end task=T0 how=exit status=0 process.status=3");
	EXPECT("1 end task=T1 how=exit_group status=3");
	exit(3);
}

int main(int argc, char **argv)
{
	start(worker, argc > 1 ? argv[1] : NULL);
	pthread_exit(NULL);
}

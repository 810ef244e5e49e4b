/* SPDX-License-Identifier: MIT */
/* The program stops itself, with three threads; a child of it wakes it after a while. Twice. */
#include "oddity.h"

static void *idle(void *arg)
{
	for (;;)
		pause();
	return arg;
}

int main(void)
{
	int turn[2];
	char c;

	MUST(pipe(turn) == 0);
	pid_t helper = fork();
	if (helper == 0) {
		for (int i = 0; i < 2; i++) {
			MUST(read(turn[0], &c, 1) == 1);
			sleep_ms(80);
			kill(getppid(), SIGCONT);
		}
		_exit(0);
	}
	start(idle, NULL);
	start(idle, NULL);
	sleep_ms(5);
	MUST(write(turn[1], "x", 1) == 1);
	raise(SIGSTOP);
	say("continued");
	sleep_ms(20);
	MUST(write(turn[1], "x", 1) == 1);
	kill(getpid(), SIGTSTP);
	sleep_ms(1);
	say("continued");
	MUST(status_of(helper) == 0);
	EXPECT_IF("nof", "2 stopped");
	EXPECT_IF("nof", "1 stopped signal=SIGSTOP");
	EXPECT_IF("nof", "1 stopped signal=SIGTSTP");
	EXPECT_IF("nof", "2 continued");
	EXPECT("2 end how=exit_group by=T0");
	return 0;
}

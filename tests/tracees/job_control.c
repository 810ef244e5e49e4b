/* SPDX-License-Identifier: MIT */
/* A parent that watches its child, of three threads, stop and go on: what waitid tells must not depend on a tracer. */
#include "oddity.h"

static void *idle(void *arg)
{
	for (;;)
		pause();
	return arg;
}

int main(void)
{
	siginfo_t info;
	int turn[2];
	char c;

	MUST(pipe(turn) == 0);
	pid_t pid = fork();

	if (pid == 0) {
		start(idle, NULL);
		start(idle, NULL);
		for (int i = 0; i < 3; i++) {
			raise(SIGSTOP);
			MUST(read(turn[0], &c, 1) == 1); /* a second stop would wipe out the news of the continuation */
		}
		_exit(9);
	}
	for (int i = 0; i < 3; i++) {
		MUST(waitid(P_PID, (id_t)pid, &info, WSTOPPED) == 0 && info.si_code == CLD_STOPPED &&
			info.si_status == SIGSTOP);
		kill(pid, SIGCONT);
		MUST(waitid(P_PID, (id_t)pid, &info, WCONTINUED) == 0 && info.si_code == CLD_CONTINUED);
		MUST(write(turn[1], "x", 1) == 1);
	}
	MUST(status_of(pid) == 9);
	/*
	 * NEEDSWORK: a thread's report of a stop may be fetched after another's of its end, and is then told as a new
	 * one.
	 */
	EXPECT_IF("f", "3.. stopped signal=SIGSTOP");
	EXPECT_IF("f", "3.. continued");
	EXPECT_IF("f", "3 end how=exit_group status=9");
	return 0;
}

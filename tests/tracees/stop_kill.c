/* SPDX-License-Identifier: MIT */
/* A process of three threads is killed while it is stopped. */
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
	pid_t pid = fork();

	if (pid == 0) {
		start(idle, NULL);
		start(idle, NULL);
		raise(SIGSTOP);
		_exit(9);
	}
	MUST(waitid(P_PID, (id_t)pid, &info, WSTOPPED) == 0);
	kill(pid, SIGKILL);
	MUST(status_of(pid) == -SIGKILL);
	EXPECT_IF("f", "3 end how=signal signal=SIGKILL");
	EXPECT("1 end task=T0 how=exit_group status=0");
	return 0;
}

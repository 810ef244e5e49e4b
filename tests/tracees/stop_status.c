/* SPDX-License-Identifier: MIT */
/* A job's stops and continuations as a shell's waitpid(2) sees them, whichever signal does it. */
#include "oddity.h"

static void tell(pid_t pid, int flags)
{
	int status;

	MUST(waitpid(pid, &status, flags) == pid);
	if (WIFSTOPPED(status))
		say("stopped by %d", WSTOPSIG(status));
	else if (WIFCONTINUED(status))
		say("continued");
	else if (WIFSIGNALED(status))
		say("killed by %d%s", WTERMSIG(status), WCOREDUMP(status) ? ", core" : "");
	else
		say("exit %d", WEXITSTATUS(status));
}

static void *idle(void *arg)
{
	for (;;)
		pause();
	return arg;
}

int main(void)
{
	static const int stops[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };
	int ready[2];
	char c;

	MUST(pipe(ready) == 0);
	for (int threads = 0; threads < 3; threads += 2) {
		pid_t pid = fork();
		if (pid == 0) {
			setpgid(0, 0); /* a group with a parent in the session: not orphaned */
			for (int i = 0; i < threads; i++)
				start(idle, NULL);
			MUST(write(ready[1], "r", 1) == 1);
			for (;;)
				pause();
		}
		MUST(read(ready[0], &c, 1) == 1);
		for (unsigned i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
			kill(pid, stops[i]);
			tell(pid, WUNTRACED);
			MUST(waitpid(pid, NULL, WUNTRACED | WNOHANG) == 0); /* told once */
			kill(pid, SIGCONT);
			tell(pid, WCONTINUED);
			MUST(waitpid(pid, NULL, WCONTINUED | WUNTRACED | WNOHANG) == 0);
		}
		kill(pid, SIGSTOP);
		tell(pid, WUNTRACED);
		kill(pid, threads ? SIGKILL : SIGTERM); /* SIGTERM waits for SIGCONT */
		if (!threads) {
			sleep_ms(20);
			MUST(waitpid(pid, NULL, WNOHANG) == 0);
			kill(pid, SIGCONT);
		}
		tell(pid, 0);
	}
	return 0;
}

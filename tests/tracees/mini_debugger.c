/* SPDX-License-Identifier: MIT */
/* A debugger's first steps: a child that lets itself be traced, stops at its execve, and is continued. */
#include <sys/ptrace.h>

#include "oddity.h"

int main(void)
{
	int status, stops = 0;
	pid_t pid = fork();

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0) {
			say("PTRACE_TRACEME: %s", strerrorname_np(errno));
			_exit(9);
		}
		execl("/bin/true", "true", (char *)NULL);
		_exit(99);
	}
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		stops++;
		say("stopped by %d", WSTOPSIG(status));
		MUST(ptrace(PTRACE_CONT, pid, NULL, 0) == 0);
	}
	say("exit %d after %d stop(s)", WEXITSTATUS(status), stops);
	return WEXITSTATUS(status);
}

/* SPDX-License-Identifier: MIT */
/* posix_spawn, system and popen. */
#include <spawn.h>

#include "oddity.h"

extern char **environ;

int main(void)
{
	char *argv[] = { "sh", "-c", "exit 9", NULL };
	char line[16];
	pid_t pid;

	MUST(posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, environ) == 0);
	MUST(status_of(pid) == 9);
	MUST(WEXITSTATUS(system("exit 8")) == 8);
	FILE *f = popen("echo popen", "r");
	MUST(f && fgets(line, sizeof(line), f) && strcmp(line, "popen\n") == 0);
	MUST(pclose(f) == 0);
	EXPECT("3 birth parent=T0 flags~CLONE_VM flags~CLONE_VFORK exit_signal=SIGCHLD what~spawn");
	EXPECT("1 birth task=T1 tid=%d", pid);
	EXPECT_IF("nof", "3 birth followed=false");
	EXPECT_IF("f", "3 exec");
	EXPECT_IF("f", "1 end task=T1 how=exit_group status=9");
	EXPECT_IF("f", "1 end task=T2 how=exit_group status=8");
	return 0;
}

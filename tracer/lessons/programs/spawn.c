/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#ifdef WITH
static int start(pid_t *pid, char **words)
{
	return posix_spawn(pid, words[0], NULL, NULL, words, environ);
}
#else
static int start(pid_t *pid, char **words)
{
	*pid = fork();
	if (*pid == 0) {
		execve(words[0], words, environ);
		_exit(127);
	}
	return *pid < 0 ? errno : 0;
}
#endif

int main(void)
{
	char *words[] = { "/no/such/program", NULL };
	pid_t pid = -1;
	int status, err = start(&pid, words);

	if (err && err != ENOENT)
		return 77;
	printf("to start it: %s\n", err ? "ENOENT" : "done");
	if (!err && waitpid(pid, &status, 0) == pid)
		printf("it has ended: status %d\n", WEXITSTATUS(status));
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * What the fail_*.c programs have in common: each makes one call fail for one cause, by itself, inside limits and
 * cgroups of its own, and says which call it was. With --hold it then stays as it is until its input ends, so that
 * the cause can still be looked at.
 *
 * Exit status 0: the call failed as it should; 1: it did not; 77: this machine can't do it (stdout says why).
 */
#ifndef THRTRACE_TESTS_FAILING_H
#define THRTRACE_TESTS_FAILING_H

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TRIES_MAX = 64 };

static inline int skipped(const char *why)
{
	printf("SKIP %s\n", why);
	fflush(stdout);
	return 77;
}

/* The one line of output that others read. */
static inline int failed(const char *call, uint64_t flags, int err, uint64_t bytes, int argc, char **argv)
{
	char c;

	printf("FAILED tid=%d call=%s flags=0x%llx errno=%d bytes=%llu\n", (int)getpid(), call,
		(unsigned long long)flags, err, (unsigned long long)bytes);
	fflush(stdout);
	if (argc > 1 && strcmp(argv[argc - 1], "--hold") == 0)
		while (read(STDIN_FILENO, &c, 1) > 0)
			;
	return 0;
}

/* Forks children that pause, until a fork fails; ends them again after the failure was told. */
static inline int fork_until_failure(int expected, int argc, char **argv)
{
	pid_t pids[TRIES_MAX];
	int n = 0, err = 0, ret;

	while (n < TRIES_MAX) {
		pid_t pid = fork();
		if (pid == 0) {
			pause();
			_exit(0);
		}
		if (pid < 0) {
			err = errno;
			break;
		}
		pids[n++] = pid;
	}
	ret = err == expected ? failed("fork", 0, err, 0, argc, argv) : 1;
	while (n > 0) {
		kill(pids[--n], SIGKILL);
		waitpid(pids[n], NULL, 0);
	}
	return ret;
}

#endif

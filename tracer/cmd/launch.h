/* SPDX-License-Identifier: MIT */
/* Starts the program to be traced: a child that is seized before its execve. */
#ifndef TRACER_LAUNCH_H
#define TRACER_LAUNCH_H

#include <signal.h>
#include <stddef.h>
#include <sys/types.h>

#include <thrtrace/base.h>

struct filter_program;

struct launch {
	const char *path; /* file to execute */
	char *const *argv;
	char *const *envp;
	const sigset_t *mask;                /* signal mask for the program: what thrtrace itself was started with */
	bool ignore_sigchld;                 /* as thrtrace itself was started */
	const struct filter_program *filter; /* seccomp filter to install before execve; NULL none */
	pid_t *made; /* launch_behind: shared memory, which gets the program's pid before it runs */
};

/* The file that a command name means, as execvp(3) searches. 0, -ENOENT, or -EACCES. */
int launch_resolve(const char *command, char *path, size_t size) THR_MUST_CHECK;
/*
 * Forks; the child waits. Then: seize *ret_tid, and call launch_go. ret_go is a descriptor of the caller's to close.
 */
int launch_fork(const struct launch *l, pid_t *ret_tid, int *ret_go, int *ret_status) THR_MUST_CHECK;
/*
 * Forks a helper, which waits. After a byte to *ret_go it makes the program, as a child of the caller's and with
 * whatever events the helper has; it ends when *ret_go is closed, or when it can't. ret_go is a descriptor of the
 * caller's to close.
 */
int launch_behind(const struct launch *l, pid_t *ret_helper, int *ret_go, int *ret_status) THR_MUST_CHECK;
/* Lets the child run towards its execve. */
void launch_go(int go);
/* After the child is gone without an execve: its errno, 0 when it never got so far. Closes status. */
int launch_error(int status);

#endif

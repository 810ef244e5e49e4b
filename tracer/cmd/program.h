/* SPDX-License-Identifier: MIT */
/* What thrtrace owes to a program that it starts, whichever way it is then traced. */
#ifndef TRACER_CMD_PROGRAM_H
#define TRACER_CMD_PROGRAM_H

#include "cmd/options.h"
#include "follow/run.h"

/* environ with -E applied: a NULL-terminated array of borrowed strings, to be freed; NULL when out of memory. */
char **program_environment(const struct options *o);
/* What is told of an execve(path, ..., env); env may be NULL. */
struct program_start program_start_of(const char *path, char *const *env);
/*
 * A write that fails must not end or stop thrtrace, and all with it. Called when the program has been forked, which is
 * to have what thrtrace was given.
 */
void program_spare_writes(void);
/*
 * thrtrace's own status, where it has something to say; else the program's: of one that a signal has ended it does not
 * return, but ends thrtrace in the same way, so that a shell sees the same.
 */
int program_status(int status, int wstatus);
/* Says what err (-errno) was about, and returns the status. */
int program_say(int status, const char *what, int err);
/* Says why the command can't be run: thrtrace's status, as a shell's. */
int program_not_run(const char *command, int err);
/*
 * The program ran, or (child_err) never got to: tells the end of the trace, says what went wrong, and returns the
 * status that is thrtrace's own; 0 none.
 */
int program_conclude(struct run *r, const struct options *o, const char *command, int loop_err, int child_err);

#endif

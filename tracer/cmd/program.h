/* SPDX-License-Identifier: MIT */
/* What thrtrace owes to a program that it starts, whichever way it is then traced. */
#ifndef TRACER_CMD_PROGRAM_H
#define TRACER_CMD_PROGRAM_H

#include "cmd/options.h"

/* environ with -E applied: a NULL-terminated array of borrowed strings, to be freed; NULL when out of memory. */
char **program_environment(const struct options *o);
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

#endif

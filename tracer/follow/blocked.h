/* SPDX-License-Identifier: MIT */
/*
 * Deadlocks, locks whose owner is gone, and signals that are never taken: what threads wait for is read from /proc and
 * from the words that they wait on. Nobody is stopped for it.
 */
#ifndef TRACER_BLOCKED_H
#define TRACER_BLOCKED_H

#include "follow/run.h"

/* Tells what of this process can't go on. True: there was something. */
bool blocked_look(struct run *r, pid_t tgid);
/* t is about to end its process: tells what can't go on, and of the locks that threads have for which others wait. */
void blocked_at_exit(struct run *r, const struct tracee *t, const struct task *task);
/* -p: all processes, unless something was told already. */
void blocked_look_all(struct run *r);
/* All are about to be let go: the last moment to look, at those of -p and at the program that was started. */
void blocked_before_leaving(struct run *r);

#endif

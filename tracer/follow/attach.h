/* SPDX-License-Identifier: MIT */
/*
 * -p: every thread of processes that run already is seized, then told of. Seizing stops nobody (PTRACE_SEIZE, and no
 * PTRACE_O_EXITKILL: thrtrace's own end lets all of them go). A thread that sleeps in the kernel is told of without
 * being stopped where that can be; the others are stopped once, a few at a time.
 */
#ifndef TRACER_ATTACH_H
#define TRACER_ATTACH_H

#include <thrtrace/stop.h>

#include "follow/attached.h"

/*
 * Seizes the processes (or, with only_thread, the threads) pids[0..n). How many of them it got; what could not be had
 * is
 * explained on standard error. r->attach must be there, and empty.
 */
size_t attach_begin(struct run *r, const pid_t *pids, size_t n);
/* Says on standard error why err (-errno) was the answer to a wish to attach to pid. */
void attach_refuse(struct run *r, pid_t pid, int err);
/* What program the process runs, and whether its numbers are its own. */
void attach_identify(struct run *r, struct attached_process *p);
/* Tells EV_START. */
void attach_tell(struct run *r);
/* Tells of, or stops, some more of those that were seized. */
void attach_continue(struct run *r);
/* How long to look for reports before the next of them are seen to. */
uint64_t attach_patience(const struct run *r);
/*
 * No report came within attach_patience although stops were asked for: those tasks are in uninterruptible sleep, and
 * the next ones are seen to without them.
 */
void attach_quiet(struct run *r);
/* The first report of a tracee in the state TR_ATTACHED: it is told of. */
void attach_reported(struct run *r, struct tracee *t, const struct stop *st);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What each kind of stop means for a tracee. A handler reads facts through the door, tells the model by an event,
 * and returns how the task goes on; it never resumes anything itself (loop.c does, once).
 */
#ifndef TRACER_HANDLERS_H
#define TRACER_HANDLERS_H

#include "follow/run.h"

struct resume {
	enum resume_op op;
	int sig;
};

/* t is NULL for a tid not seen before. A failure that must end the trace goes to r->error. */
struct resume handle_stop(struct run *r, struct tracee *t, const struct stop *st);

/* How a task of r->release goes on, now that it is no longer held. */
struct resume handle_release(struct run *r, struct tracee *t);

/*
 * The birth of one early child that has waited since before `before`: its creator will never speak. False when there is
 * none. What it releases is to be resumed.
 */
bool adopt_early(struct run *r, uint64_t before);
/*
 * Lets creators go on that are held since before `before`, as many as r->release takes: their child was adopted and
 * ended before they spoke, or it is the kernel that lets it wait.
 */
void release_held(struct run *r, uint64_t before);
/* The task of this process that was let go a moment ago, and whose end clears the word at addr; NULL. */
const struct task *left_by_word(const struct run *r, pid_t tgid, taddr addr);
/* The task of this process that was let go last; NULL: none was of late. */
const struct task *left_last(const struct run *r, pid_t tgid);
/* Tells the ends that were kept back for a joiner's return since before `before`. */
void tell_late_ends(struct run *r, uint64_t before);
/* The trace is over: ends of tasks that no report told of. */
void tell_unseen_ends(struct run *r);

#endif

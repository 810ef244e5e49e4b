/* SPDX-License-Identifier: MIT */
/*
 * What each kind of stop means for a tracee. A handler reads facts through the door, tells the model by an event,
 * and returns how the task goes on; it never resumes anything itself (loop.c does, once).
 */
#ifndef TRACER_HANDLERS_H
#define TRACER_HANDLERS_H

#include "run.h"

struct resume {
	enum resume_op op;
	int sig;
};

/* t is NULL for a tid not seen before. A failure that must end the trace goes to r->error. */
struct resume handle_stop(struct run *r, struct tracee *t, const struct stop *st);

/* Births of tasks whose creator will never speak: called when the trace is quiet, or no creation is under way. */
void adopt_early(struct run *r);
/* Tells the ends that were kept back for a joiner's return. */
void tell_late_ends(struct run *r);

#endif

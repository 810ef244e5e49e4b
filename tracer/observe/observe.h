/* SPDX-License-Identifier: MIT */
/*
 * Follows by perf events alone: a program, from before its execve until it and all that it has made are gone; or
 * processes that run already.
 */
#ifndef TRACER_OBSERVE_H
#define TRACER_OBSERVE_H

#include "follow/run.h"
#include "observe/events.h"

/*
 * Why the events could not be opened, in a sentence that says what to do. err: of events_open; paranoid:
 * kernel.perf_event_paranoid. Static text.
 */
const char *observe_denial(int err, int paranoid);
/*
 * Tells what the events of e say until every task of the program is gone, or thrtrace is asked to end. 0 or -errno.
 */
struct observed {
	/* Who waits, and whose events they are: no task of the program. It ends when it can't make the program. */
	pid_t helper;
	const char *path;  /* of the program's file */
	const pid_t *made; /* the program's pid, from before it runs */
	struct seen *seen; /* where events_open_calls was asked; NULL */
};
int observe_run(struct run *r, struct events *e, const struct observed *program) THR_MUST_CHECK;
/*
 * Watches these processes by e, which events_open_rings has opened, until they are gone, or thrtrace is asked to end.
 * How many of them: of 0 nothing was told, and why is explained on standard error. -errno: before anything was told
 * (!r->begun), as e->what says, and else of the trace.
 */
int observe_present(struct run *r, struct events *e, const pid_t *pids, size_t n) THR_MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Follows by perf events alone, or by a tape of them: a program, from before its execve until it and all that it has
 * made are gone; or processes that run already.
 */
#ifndef TRACER_OBSERVE_H
#define TRACER_OBSERVE_H

#include "follow/run.h"
#include "kernel/program.h"
#include "observe/seen.h"
#include "observe/source.h"

/*
 * Why the events could not be opened, in a sentence that says what to do. err: of events_open; no_ring: as it says;
 * paranoid: kernel.perf_event_paranoid. Static text.
 */
const char *observe_denial(int err, bool no_ring, int paranoid);

/* A program that is started. */
struct observed {
	/* Who waits, and whose events they are: no task of the program. It ends when it can't make the program. */
	pid_t helper;
	const char *path;          /* of the program's file */
	struct program_facts file; /* what that tells, should the program be gone when it is asked about */
	struct seen *seen;         /* where events_open_calls was asked; NULL */
};

/*
 * Tells what the source's records say until every task of the program is gone, or thrtrace is asked to end. 0 or
 * -errno; -ENODATA at the end of a tape.
 */
int observe_run(struct run *r, struct source *s, const struct observed *program) THR_MUST_CHECK;
/*
 * Opens events on these processes, beside the rings that events_open_rings has opened. How many of them: of 0 nothing
 * is to be told, and why is explained on standard error. Or -errno, as s->events->what says.
 */
int observe_find(struct run *r, struct source *s, const pid_t *pids, size_t n) THR_MUST_CHECK;
/*
 * Tells of whom r->attach has, by observe_find or by a tape, until they are gone, or thrtrace is asked to end. seen:
 * where events_open_all_calls was asked; NULL. As observe_run.
 */
int observe_found(struct run *r, struct source *s, struct seen *seen) THR_MUST_CHECK;

#endif

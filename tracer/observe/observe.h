/* SPDX-License-Identifier: MIT */
/* Follows a program by perf events alone, from before its execve until it and all that it has made are gone. */
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
 * Tells what the events of e say until every task of the program is gone, or thrtrace is asked to end. helper: the
 * waiting process whose events they are, which is no task of the program. path: of the program's file. 0 or -errno.
 */
int observe_run(struct run *r, struct events *e, pid_t helper, const char *path) THR_MUST_CHECK;

#endif

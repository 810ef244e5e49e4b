/* SPDX-License-Identifier: MIT */
/*
 * -p of --observe: the tasks that are there when it begins. Each gets its events while it runs on; then all are told
 * of, by what can be read of a task that nobody stops.
 */
#ifndef TRACER_PRESENT_H
#define TRACER_PRESENT_H

#include "follow/attached.h"
#include "observe/source.h"
#include "observe/story.h"

/*
 * Watches every task of these processes, or these tasks alone (r->attach->only_thread); r->attach must be there, and
 * empty. What their events tell meanwhile is kept by the source. How many of them: why one can't be watched is
 * explained on standard error. Or -errno, when none more can: s->events->what says of which step.
 */
int present_watch(struct run *r, struct source *s, const pid_t *pids, size_t n) THR_MUST_CHECK;
/* Tells EV_START and a birth of each that s->r->attach has. */
void present_tell(struct story *s);

#endif

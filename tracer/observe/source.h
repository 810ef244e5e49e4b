/* SPDX-License-Identifier: MIT */
/*
 * Where the records of perf events come from: the rings, or a tape; and what of them goes onto one. A record is on the
 * tape as the kernel has written it, but a sample without registers and stack: what was read of these is there as
 * answers (seen.h).
 */
#ifndef TRACER_SOURCE_H
#define TRACER_SOURCE_H

#include "observe/emptier.h"
#include "tape/tape_door.h"

struct source {
	struct events *events; /* NULL: a replay */
	const pid_t *made;     /* beside events: the program's pid, from before it runs; NULL: none is started */
	struct tape tape;      /* onto which it is recorded, or from which it comes */
	struct outbuf kept;    /* by source_keep: records, as emptier_take has them */
	struct emptier *emptier;
};

void source_init(struct source *s, struct events *e);
void source_release(struct source *s);
/* Shows what has come, as events_drain, and keeps it for source_drain. Before it is recorded. */
int source_keep(struct source *s, events_take *take, void *ctx) THR_MUST_CHECK;
/*
 * Hands over what was kept and what has come, as events_drain. `take` must not ask what is recorded: its answer would
 * come to lie within this one.
 */
int source_drain(struct source *s, events_take *take, void *ctx) THR_MUST_CHECK;
/*
 * What is in the rings is copied from now on before they are full (emptier.h), unless it is so already. source_keep
 * can't be called any more. Nothing in a replay.
 */
void source_begin_emptying(struct source *s);
/* Before events_close. */
void source_end_emptying(struct source *s);
/* As events_await_end. */
void source_await_end(const struct source *s, pid_t pid);
/* As events_wait; a replay does not wait. */
bool source_wait(const struct source *s, uint32_t timeout_ns);
/* As events_lost. */
uint64_t source_lost(struct source *s);
/* The program's pid, as soon as there is one; 0. */
pid_t source_made(struct source *s);

#endif

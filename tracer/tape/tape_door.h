/* SPDX-License-Identifier: MIT */
/*
 * A tape between the tracer and what it asks: the door (kernel_tape.c) and the creators (creators_tape.c). Recording,
 * each question goes to the live one, and its answer onto the tape; replaying, the answer comes from there.
 */
#ifndef TRACER_TAPE_DOOR_H
#define TRACER_TAPE_DOOR_H

#include "creators/creators.h"
#include "kernel/kernel.h"
#include "tape/tape_io.h"

/* Either out or in. */
struct tape {
	struct tape_out *out;
	struct tape_in *in;
};

/*
 * Begins the answer to q. false: recording has ended, or the tape has no answer; q's answer then stays what it is, and
 * tape_answered may still be called. io says which: it is writing, reading, or neither.
 */
bool tape_answer(const struct tape *t, const struct question *q, struct tape_io *io);
/* Ends it. false: what was read makes no sense. */
bool tape_answered(const struct tape *t, const struct question *q, struct tape_io *io);

struct program_facts;
/* What identify tells. */
void tape_program(struct tape_io *io, struct program_facts *f);

struct tape_door {
	struct kernel k;
	const struct kernel *live; /* whose answers are recorded; NULL: replaying */
	struct tape tape;
	bool mid_batch; /* recording: the last record is a report, and nothing was asked about it yet */
	uint64_t flushed_ns;
	uint64_t last_ns; /* the last time that was told */
	pid_t command;    /* replaying: reports of it are none of the program's */
};

/* Opens d over a tape. live: NULL to replay. */
void tape_door_init(struct tape_door *d, struct tape tape, const struct kernel *live);

/* live: NULL to replay; it stays the caller's. NULL when out of memory. */
struct creators *creators_tape_new(struct tape tape, struct creators *live);

#endif

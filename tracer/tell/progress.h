/* SPDX-License-Identifier: MIT */
/*
 * A line on standard error, written over and over, that counts what a trace has seen while the trace itself goes to a
 * file. Only where standard error is a terminal; and by itself only where the line is not among the program's own.
 */
#ifndef TRACER_PROGRESS_H
#define TRACER_PROGRESS_H

#include <thrtrace/base.h>
#include <thrtrace/model.h>

enum progress_wanted {
	PROGRESS_AUTO, /* where it harms nothing */
	PROGRESS_ON,   /* beside what the program writes, too */
	PROGRESS_OFF,
};

/* Who sleeps for longer lets the line grow old. */
#define PROGRESS_NS 250000000U

struct progress {
	bool on;
	bool shown;       /* the line stands there */
	uint64_t next_ns; /* when it is due */
	uint64_t last_ns, last_births;
};

/* own: no program of thrtrace's may write to standard error. Whether it may be shown is decided here. */
void progress_begin(struct progress *p, enum progress_wanted wanted, bool own);
/* It is now_ns of the trace. Costs a comparison while nothing is due. */
void progress_at(struct progress *p, uint64_t now_ns, const struct model *m, uint64_t findings);
/* Takes the line away: something else is to be written. */
void progress_clear(struct progress *p);

#endif

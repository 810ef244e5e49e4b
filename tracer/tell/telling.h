/* SPDX-License-Identifier: MIT */
/*
 * The one way from an event to every view: the model, then the explanation, then each view's bytes into its own output.
 * Whatever makes events (the ptrace loop, a tape, a test's story) tells them to a struct telling.
 *
 * There is one time base: ns since the trace began (t0_ns). Whoever reads a clock turns what it says into that by
 * telling_time, at once; nothing behind it adds or subtracts.
 */
#ifndef TRACER_TELLING_H
#define TRACER_TELLING_H

#include <thrtrace/annotate.h>
#include <thrtrace/choice.h>
#include <thrtrace/findings.h>
#include <thrtrace/model.h>
#include <thrtrace/sink.h>

#include "tell/output.h"
#include "tell/progress.h"

#define VIEWS_MAX 8

/* One view and where its bytes go. */
struct view {
	struct sink *sink;
	struct output output;
	const char *name; /* of its output, for a sentence about it; borrowed */
	int error;        /* why nothing is written to it any more (-EPIPE, -ENOSPC...); 0 */
	uint64_t lost;    /* events that it was not shown since the last EV_LOST: its output was full */
	uint64_t lost_in_all;
};

struct telling {
	struct model *model;
	struct view view[VIEWS_MAX];
	size_t n_views;
	struct telling_clock {
		uint64_t (*now_ns)(void *ctx); /* CLOCK_MONOTONIC, or what a tape has of it */
		void *ctx;
	} clock;
	uint64_t t0_ns;                 /* of that clock, when the trace began */
	const struct call_choice *only; /* which calls are shown of those that are told, by a replay's -e; NULL: all */
	bool muted;                     /* nobody reads any more: events reach the model and no view */
	uint64_t seq;                   /* of the last event that was shown, or of its last finding */
	uint64_t flushed_ns;            /* when buffers were last written because of their age */
	struct notes notes;             /* of the event that is told */
	struct findings findings;       /* likewise, and how many there were */
	struct finding_judge judge;     /* set before telling_begin, or zeroed; its ctx stays the caller's */
	uint64_t long_join_ns;          /* likewise: struct findings */
	struct progress progress;       /* begun by the caller, or zeroed: none is shown */
	bool told[NOTE_IDS];            /* explanations that every view leaves out: of several views */
};

/*
 * The trace begins at t0_ns of this clock. t is zeroed but for its views, which may be there already. keep_dead as for
 * model_new. 0 or -ENOMEM.
 */
int telling_begin(struct telling *t, size_t keep_dead, struct telling_clock clock, uint64_t t0_ns) THR_MUST_CHECK;
/* Frees the model and the notes; views are closed by telling_close_views. */
void telling_release(struct telling *t);
/* Takes over v's sink and open output. 0, or -E2BIG with both still the caller's (VIEWS_MAX). */
int telling_add_view(struct telling *t, const struct view *v) THR_MUST_CHECK;
/* Frees every view, closes its output, and waits for the command behind it. */
void telling_close_views(struct telling *t);

/* Nothing has been told yet, and the trace begins only now: what went before was thrtrace's own preparation. */
static inline void telling_begin_anew(struct telling *t, uint64_t t0_ns)
{
	t->t0_ns = t0_ns;
}

/* A moment of the clock, in the trace's time base. */
static inline uint64_t telling_time(const struct telling *t, uint64_t clock_ns)
{
	return clock_ns - t->t0_ns;
}

static inline uint64_t telling_now(const struct telling *t)
{
	return telling_time(t, t->clock.now_ns(t->clock.ctx));
}

/*
 * Applies the event (t_ns 0: it happens now) to the model, explains it and shows it when `show`. 0; -ENOMEM; or the
 * first error of a view when none is left that can be written. The errors of single views stay in view[].error.
 */
int telling_tell(struct telling *t, struct event *ev, bool show) THR_MUST_CHECK;
/* The two halves of it, for a caller that decides in between whether to show. */
int telling_apply(struct telling *t, struct event *ev) THR_MUST_CHECK;
int telling_show(struct telling *t, struct event *ev) THR_MUST_CHECK;
/* Shows what views hold back and writes every buffer out: nothing else is known for now. As telling_tell. */
int telling_idle(struct telling *t) THR_MUST_CHECK;
/* Writes every buffer out that has not been since every_ns before now_ns. As telling_tell. */
int telling_flush_aged(struct telling *t, uint64_t now_ns, uint64_t every_ns) THR_MUST_CHECK;

/*
 * The trace is over: writes every buffer out, as output_finish. As telling_tell; a view whose reader did not take all
 * in time has -ETIMEDOUT.
 */
int telling_finish(struct telling *t, uint64_t patience_ns) THR_MUST_CHECK;

/* Bytes wait for a reader: telling_idle is to be called again soon. */
bool telling_is_behind(const struct telling *t);
/* A view is on a terminal: what is told keeps its place among the program's own lines. */
bool telling_is_eager(const struct telling *t);
/* A view's reader may go away. */
bool telling_is_piped(const struct telling *t);
/* Marks views whose reader has gone away. True when no view is left. Costs a system call a pipe. */
bool telling_is_deserted(struct telling *t);

#endif

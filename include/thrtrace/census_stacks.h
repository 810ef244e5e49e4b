/* SPDX-License-Identifier: MIT */
/*
 * The frames of a census's threads, for each of which it was stopped for a moment: the only part of a census that stops
 * anybody. tracer/sample/frames.c fills it; what is here is pure.
 */
#ifndef THRTRACE_CENSUS_STACKS_H
#define THRTRACE_CENSUS_STACKS_H

#include <thrtrace/backtrace.h>
#include <thrtrace/census.h>

struct census_stack {
	pid_t tid;
	/* As in struct backtrace; owned, what it points to is borrowed. */
	struct frame *frame;
	size_t n;
	const char *stopped; /* why the frames end early, or why there are none; NULL: they are complete. Static text */
	uint64_t held_ns;    /* how long the thread was kept from running; 0: it was not stopped */
};

struct census_stacks {
	struct census_stack *stack; /* by tid, some of c's tasks */
	size_t n;
};

void census_stacks_release(struct census_stacks *s);

/*
 * Threads whose frames are the same functions and lines are one group: the busiest first, then the largest. top: at
 * most so many groups; 0: all. 0 or -ENOMEM; out's status is the caller's to look at.
 */
int census_stacks_text(
	const struct census *c, const struct census_stacks *s, size_t top, struct outbuf *out) THR_MUST_CHECK;
int census_stacks_json(
	const struct census *c, const struct census_stacks *s, size_t top, struct outbuf *out) THR_MUST_CHECK;

#endif

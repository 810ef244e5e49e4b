/* SPDX-License-Identifier: MIT */
/*
 * How often which call was made: gathered from the events of a view, and written as strace -c does. Internal to
 * decode/sinks/.
 */
#ifndef SINKS_COUNTS_H
#define SINKS_COUNTS_H

#include <thrtrace/sink.h>

struct call_count {
	uint64_t calls, errors, of_threads;
	uint64_t timed; /* calls whose time is known */
	uint64_t time_ns, min_ns, max_ns;
};

/* Zeroed at first. */
struct counts {
	struct call_count of[CALL_IDS];
	uint64_t unreturned; /* calls that did not return: not counted, as by strace */
	uint64_t unseen;     /* counted calls whose result nobody saw */
	uint64_t lost;       /* events that the view was not shown */
	bool by_rule;        /* the trace shows only calls of threads' lives, and no other is counted */
	bool program;        /* thrtrace has started a program: its execve is one of the calls */
	enum { COUNTS_STOPS, COUNTS_LIGHT, COUNTS_OBSERVED } way; /* in which calls can be seen */
};

/* chosen: which calls are asked for; NULL: all. */
void counts_event(struct counts *c, const struct event *ev, const struct call_choice *chosen);
void counts_table(const struct counts *c, const struct count_choice *choice, struct outbuf *out);

/* A view that shows what inner does, and a table of its calls at the end; it owns inner. NULL when out of memory. */
struct sink *counted_sink(struct sink *inner);

#endif

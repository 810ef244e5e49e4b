/* SPDX-License-Identifier: MIT */
/*
 * A view of the trace: events in, bytes out. One file of decode/sinks/ each, and one row of decode/sinks/sinks.def.
 */
#ifndef THRTRACE_SINK_H
#define THRTRACE_SINK_H

#include <thrtrace/choice.h>
#include <thrtrace/counts.h>
#include <thrtrace/event.h>
#include <thrtrace/model.h>
#include <thrtrace/outbuf.h>

enum notes_wanted { NOTES_FIRST, NOTES_ALL, NOTES_NONE };
enum time_style { TIME_NONE, TIME_RELATIVE, TIME_WALL, TIME_EPOCH, TIME_SINCE_START };

struct sink_config {
	enum notes_wanted notes;
	enum time_style time;
	bool color;
	bool summary;                     /* a table of creators at the end */
	unsigned quiet;                   /* 1: no table at the end; 2: nothing but findings */
	bool table;                       /* nothing but findings and what stands at the end */
	bool durations;                   /* <0.000012> behind each call, as strace -T */
	unsigned width;                   /* columns of the terminal; 0: no limit */
	bool counts;                      /* a table of calls at the end, of a view that has `counted` */
	struct count_choice count;        /* of that table, and of the view "calls" */
	const struct call_choice *chosen; /* which calls are asked for, to count those; borrowed; NULL: all */
};

struct sink;

struct sink_ops {
	const char *name; /* as in --format=NAME */
	const char *help;
	bool document; /* one in a file: nothing may follow it there */
	bool counted;  /* a table of calls may stand behind it */
	size_t size;   /* of the struct that embeds struct sink as its first member */
	/* Each appends to out and returns 0 or -errno; out's own status is looked at by the caller. */
	int (*event)(struct sink *s, const struct event *ev, const struct model *m, struct outbuf *out);
	/* Nothing more is known for now: whatever is held back to be completed is shown as it is. May be NULL. */
	int (*idle)(struct sink *s, struct outbuf *out);
	void (*release)(struct sink *s); /* frees what the sink keeps; may be NULL */
};

struct sink {
	const struct sink_ops *ops;
	struct sink_config config;
	const bool *told; /* by id: explanations that it has shown and will not show again; NULL: it wants each */
};

/* NULL when there is none of this name. */
const struct sink_ops *sink_by_name(const char *name);
/* The i-th sink, for --help; NULL past the last. */
const struct sink_ops *sink_at(size_t i);
/* NULL when out of memory. */
struct sink *sink_new(const struct sink_ops *ops, const struct sink_config *config);
void sink_free(struct sink *s);

#endif

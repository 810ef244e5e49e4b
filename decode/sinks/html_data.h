/* SPDX-License-Identifier: MIT */
/*
 * What the page of --format=html is made of, gathered while the trace runs: JSON for its script, and HTML for whoever
 * reads without one. A record a task; no more than MARKS_MAX marks, waits and findings each, and what is past that is
 * counted. Internal to decode/sinks/.
 */
#ifndef SINKS_HTML_DATA_H
#define SINKS_HTML_DATA_H

#include <thrtrace/event.h>
#include <thrtrace/findings.h>
#include <thrtrace/model.h>
#include <thrtrace/outbuf.h>

#include "sinks/intern.h"

#define MARKS_MAX 50000

/* A list in JSON without its brackets. */
struct json_list {
	struct outbuf text;
	uint32_t n, left_out;
};

struct html_task {
	size_t row, row_len; /* in rows; len 0: it has not ended */
	uint64_t waits_from;
	uint32_t waits_for;      /* the end of this label - 1, and still; 0: it does not wait */
	const struct word *join; /* what became of its join; NULL: not known, or it is no thread */
};

struct html_data {
	struct words words;
	struct json_list births, ends, waits, marks, findings;
	struct outbuf found; /* the findings as HTML list items */
	struct outbuf rows; /* the table's rows as HTML, in the order of ends, less their last cells: joins come late */
	struct html_task *task; /* by label */
	size_t n_tasks;         /* places */
	uint64_t flags;         /* of all births */
	struct outbuf line;
};

void html_data_init(struct html_data *d);
void html_data_release(struct html_data *d);

/* Takes in what the page tells of the event, its findings among that. 0 or -errno. */
int html_data_take(struct html_data *d, const struct event *ev) THR_MUST_CHECK;
/* At the end of the trace, and before it is written: what the model knows by then. 0 or -errno. */
int html_data_finish(struct html_data *d, const struct model *m) THR_MUST_CHECK;
/* Writes the object that the script reads; nothing in it ends a script element, whatever the program's names are. */
int html_data_write(
	struct html_data *d, const struct event *summary, const struct model *m, struct outbuf *out) THR_MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT */
/* The table at the end of the text view. Internal to decode/sinks/. */
#ifndef SINKS_TEXT_TABLE_H
#define SINKS_TEXT_TABLE_H

#include <thrtrace/event.h>
#include <thrtrace/model.h>
#include <thrtrace/outbuf.h>

/*
 * One row a task, in order of birth; a PID column when there is more than one process. all: also those that were there
 * before thrtrace and still are, which have had a row. Columns for which a terminal of so many has no room stand below
 * the others of their row; 0: there is room.
 */
void text_table(const struct model *m, bool all, unsigned terminal, struct outbuf *out);

/* One row a place of creation: how many it made, at once, a second, with how much stack. */
void text_creators(const struct model *m, unsigned terminal, struct outbuf *out);

/* What stands below them, the trace's last lines: who was let go, and how many findings there were. */
void text_counts(const struct ev_summary *e, unsigned detached, struct outbuf *out);

#endif

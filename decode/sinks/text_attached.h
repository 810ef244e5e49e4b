/* SPDX-License-Identifier: MIT */
/* The text view of tasks that were there before thrtrace: a row each, in the order of their birth. */
#ifndef SINKS_TEXT_ATTACHED_H
#define SINKS_TEXT_ATTACHED_H

#include <thrtrace/event.h>
#include <thrtrace/outbuf.h>
#include <thrtrace/sink.h>

/* They are told of in another order than they were born in: rows wait for those before them. */
struct there_rows {
	bool title;    /* written since the last flush */
	uint32_t next; /* label of the next row */
	struct there_row *held;
	size_t n, room;
};

/* One more row, or what waited for it as well. */
void text_attached(const struct sink *s, const struct event *ev, struct there_rows *rows, struct outbuf *out);
/* All that waits is written: something else follows. */
void text_attached_flush(struct there_rows *rows, struct outbuf *out);
void text_attached_release(struct there_rows *rows);

#endif

/* SPDX-License-Identifier: MIT */
/* The block of the text view that tells of a birth. Internal to decode/sinks/. */
#ifndef SINKS_TEXT_BIRTH_H
#define SINKS_TEXT_BIRTH_H

#include <thrtrace/sink.h>

/*
 * A chain of callers as it was last written: the next birth is most likely from the same place. Zeroed to begin with.
 */
#define CHAIN_FRAMES 8
struct chain_text {
	struct frame frame[CHAIN_FRAMES];
	size_t n, length;
	struct outbuf text;
};

/* notes: as configured; with NOTES_FIRST a birth that is like an earlier one is told in short. */
void text_birth(const struct sink *s, const struct event *ev, const struct model *m, struct chain_text *last,
	struct outbuf *out);
void chain_text_release(struct chain_text *c);

#endif

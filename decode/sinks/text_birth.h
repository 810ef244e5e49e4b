/* SPDX-License-Identifier: MIT */
/* The blocks of the text view that tell of a birth and of an end. Internal to decode/sinks/. */
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
void text_end(const struct sink *s, const struct event *ev, const struct model *m, struct outbuf *out);
/* "exit(0)", "SIGKILL", "exit_group(3) by T2": how a task ended. */
void end_format(struct outbuf *out, const struct ev_end *e, uint32_t by_label_plus_1);

#endif

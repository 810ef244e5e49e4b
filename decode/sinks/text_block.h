/* SPDX-License-Identifier: MIT */
/* The parts that the text view's blocks are made of. Internal to decode/sinks/. */
#ifndef SINKS_TEXT_BLOCK_H
#define SINKS_TEXT_BLOCK_H

#include <thrtrace/sink.h>

/* Begins a line of a block: the key once, then the text; key "" continues the one above. */
void text_key(struct outbuf *out, const char *name);

/* An EV_BIRTH's stack: where it lies, its guard, whose it is. */
void text_stack(const struct event *ev, struct outbuf *out);
/* That stack as a picture; its bounds must be known. */
void text_stack_diagram(const struct event *ev, struct outbuf *out);
/* An EV_BIRTH's thread-local storage; nothing where its layout was not read. */
void text_tls(const struct event *ev, struct outbuf *out);
/* What kcmp, tgkill and /proc say of the sharing that the flags promise; nothing where none was asked. */
void text_proof(const struct sink *s, const struct event *ev, struct outbuf *out);

#endif

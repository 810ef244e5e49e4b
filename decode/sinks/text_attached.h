/* SPDX-License-Identifier: MIT */
/* Threads that were there before thrtrace: a row each, for there may be thousands. */
#ifndef DECODE_SINKS_TEXT_ATTACHED_H
#define DECODE_SINKS_TEXT_ATTACHED_H

#include <thrtrace/sink.h>

/* An EV_BIRTH of kind BIRTH_ATTACHED. follows: a row of another one stands right above. */
void text_attached(const struct sink *s, const struct event *ev, bool follows, struct outbuf *out);

#endif

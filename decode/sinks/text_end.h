/* SPDX-License-Identifier: MIT */
/* The block of the text view that tells of an end. Internal to decode/sinks/. */
#ifndef SINKS_TEXT_END_H
#define SINKS_TEXT_END_H

#include <thrtrace/sink.h>

void text_end(const struct sink *s, const struct event *ev, const struct model *m, struct outbuf *out);

#endif

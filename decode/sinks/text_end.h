/* SPDX-License-Identifier: MIT */
/* The block of the text view that tells of an end. Internal to decode/sinks/. */
#ifndef SINKS_TEXT_END_H
#define SINKS_TEXT_END_H

#include <thrtrace/sink.h>

/* role_told: ROLES_MAX of them, of which roles was told what they are for. */
void text_end(const struct sink *s, const struct event *ev, bool *role_told, struct outbuf *out);

#endif

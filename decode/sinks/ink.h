/* SPDX-License-Identifier: MIT */
/* Colour for the text view: an aid only, every fact is there without. Internal to decode/sinks/. */
#ifndef SINKS_INK_H
#define SINKS_INK_H

#include <thrtrace/sink.h>

static inline void ink(const struct sink *s, struct outbuf *out, const char *sgr)
{
	if (s->config.color)
		outbuf_printf(out, "\033[%sm", sgr);
}

#define INK_OFF     "0"
#define INK_BOLD    "1"
#define INK_DIM     "2"
#define INK_FINDING "1;31"
#define INK_BIRTH   "32"
#define INK_END     "34"

#endif

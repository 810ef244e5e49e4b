/* SPDX-License-Identifier: MIT */
/* Rows of the text view whose columns begin at fixed places: they are told one by one. Internal to decode/sinks/. */
#ifndef SINKS_TEXT_COLUMNS_H
#define SINKS_TEXT_COLUMNS_H

#include <thrtrace/outbuf.h>

struct text_column {
	size_t at;
	const char *title;
};

/* Goes on to the column of the line that began at byte `line`; one blank where the text before has reached it. */
static inline void text_column(struct outbuf *out, size_t line, size_t at)
{
	if (out->len - line >= at)
		outbuf_putc(out, ' ');
	else
		outbuf_pad(out, at);
}

/* Their titles, and the end of the line. */
static inline void text_column_titles(struct outbuf *out, const struct text_column *columns, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		outbuf_pad(out, columns[i].at);
		outbuf_puts(out, columns[i].title);
	}
	outbuf_putc(out, '\n');
}

#endif

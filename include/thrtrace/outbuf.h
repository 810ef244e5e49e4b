/* SPDX-License-Identifier: MIT */
/*
 * A growing byte buffer with a hard cap: what every formatter of decode/ writes into.
 *
 * Failure is sticky: an append that cannot be done (no memory, or past the cap) marks the buffer, later appends
 * do nothing, and outbuf_status() tells once at the end. So formatters need no check at every word, and a
 * hostile program can make neither a huge line nor half a line.
 */
#ifndef THRTRACE_OUTBUF_H
#define THRTRACE_OUTBUF_H

#include <thrtrace/base.h>

struct outbuf {
	char *data; /* always NUL-terminated once anything was appended; NULL before */
	size_t len; /* bytes, without the NUL */
	size_t cap;
	size_t max;
	int error; /* 0, or the first failure as -errno */
};

void outbuf_init(struct outbuf *b, size_t max);
void outbuf_release(struct outbuf *b);
/* Forgets the content and the error, keeps the memory. */
void outbuf_clear(struct outbuf *b);
/* Drops the first n bytes (all of them when n >= len). */
void outbuf_consume(struct outbuf *b, size_t n);

void outbuf_put(struct outbuf *b, const void *data, size_t n);
void outbuf_puts(struct outbuf *b, const char *s);
void outbuf_putc(struct outbuf *b, char c);
void outbuf_printf(struct outbuf *b, const char *fmt, ...) THR_PRINTF(2, 3);
/* Appends spaces until the current line (since the last newline) is col bytes long; none when it already is. */
void outbuf_pad(struct outbuf *b, size_t col);
/*
 * For who writes into the buffer himself: the place of the next byte, with room for at least *n more; *n: for how many.
 * NULL, with the failure kept and *n 0, when there can't be that much. Then outbuf_grew tells how many were written.
 */
char *outbuf_room(struct outbuf *b, size_t *n);
void outbuf_grew(struct outbuf *b, size_t n);

/* 0, -ENOMEM, or -EMSGSIZE when the cap was hit. */
int outbuf_status(const struct outbuf *b) THR_MUST_CHECK;
/* The text so far, "" when empty. Valid until the next append. */
const char *outbuf_str(const struct outbuf *b);

#endif

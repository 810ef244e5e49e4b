/* SPDX-License-Identifier: MIT */
#include "sinks/fold.h"

#include <string.h>

#define BLOCK_TEXT  16 /* where the text of a block's line begins */
#define NOTE_MARK   9  /* where the | or !! of a note stands */
#define HEAD_INDENT 3  /* where the first line of a block goes on */

/* Columns of one character at s: 0 inside an escape sequence, whose length goes to *ret_len. */
static unsigned columns(const char *s, size_t left, size_t *ret_len)
{
	size_t n = 1;

	if (s[0] == '\033') {
		while (n < left && s[n] != 'm')
			n++;
		*ret_len = n < left ? n + 1 : left;
		return 0;
	}
	*ret_len = 1;
	return 1;
}

static size_t blanks(const char *line, size_t len)
{
	size_t n = 0;

	while (n < len && line[n] == ' ')
		n++;
	return n;
}

/* The column at which a continuation begins: that of the text above. 0: the line is not to be folded. */
static size_t hanging(const char *line, size_t len)
{
	size_t n = blanks(line, len);

	if (n == NOTE_MARK)
		return NOTE_MARK + 3;
	if (n == 3 || n == BLOCK_TEXT)
		return BLOCK_TEXT;
	return 0;
}

/* Where to break the line so that it fits, or len when it does or can't be. */
static size_t break_at(const char *line, size_t len, unsigned width, size_t indent)
{
	size_t best = 0, step, i = 0;
	unsigned col = 0;

	for (; i < len && col <= width; i += step) {
		if (line[i] == ' ' && i > indent)
			best = i;
		col += columns(line + i, len - i, &step);
	}
	return i >= len && col <= width ? len : best ? best : len;
}

static void fold(struct outbuf *out, const char *line, size_t len, unsigned width, size_t indent)
{
	size_t skip = indent;

	while (indent && len) {
		size_t at = break_at(line, len, width, skip);
		outbuf_put(out, line, at);
		if (at == len)
			return;
		outbuf_printf(out, "\n%*s", (int)indent, "");
		line += at + 1;
		len -= at + 1;
		if (skip) { /* from now on a line is measured from its indent */
			width = width > indent ? width - (unsigned)indent : 1;
			skip = 0;
		}
	}
	outbuf_put(out, line, len);
}

#define CALL_INDENT 11 /* where a call's line goes on */

/* Where to break a call's line, *ret_next being what follows: behind a flag, or at a blank between arguments. */
static size_t call_break(const char *line, size_t len, unsigned width, size_t *ret_next)
{
	size_t best = 0, step, i = 0;
	unsigned col = 0;

	for (; i < len && col < width; i += step) {
		if (line[i] == '|' && col > CALL_INDENT)
			best = *ret_next = i + 1;
		else if (line[i] == ' ' && col > CALL_INDENT) {
			best = i;
			*ret_next = i + 1;
		}
		col += columns(line + i, len - i, &step);
	}
	if (i < len && best)
		return best;
	*ret_next = len;
	return len;
}

static void fold_call(struct outbuf *out, const char *line, size_t len, unsigned width)
{
	size_t next = len;

	for (bool first = true; len; first = false) {
		if (!first)
			outbuf_printf(out, "\n%*s", CALL_INDENT, "");
		outbuf_put(out, line, call_break(line, len, first ? width : width - CALL_INDENT, &next));
		line += next;
		len -= next;
	}
}

/* What the line begins with; colours may stand before it. */
static const char *visible(const char *line, size_t len, size_t *ret_len)
{
	size_t at = 0, step = 0;

	while (at < len && columns(line + at, len - at, &step) == 0)
		at += step;
	*ret_len = len - at;
	return line + at;
}

/* "T0 4126  mmap(" */
static bool is_call(const char *line, size_t len)
{
	const char *at = visible(line, len, &len);

	return len > 2 && at[0] == 'T' && at[1] >= '0' && at[1] <= '9';
}

/* "== T1 (tid 4127) is born" */
static bool is_head(const char *line, size_t len)
{
	const char *at = visible(line, len, &len);

	return len > 2 && at[0] == '=' && at[1] == '=';
}

void fold_lines(struct outbuf *b, size_t from, unsigned width)
{
	struct outbuf folded;

	if (!width || from >= b->len)
		return;
	outbuf_init(&folded, b->max);
	for (size_t at = from; at < b->len;) {
		const char *line = b->data + at, *nl = memchr(line, '\n', b->len - at);
		size_t len = nl ? (size_t)(nl - line) : b->len - at;
		if (line[0] == ' ' && !memchr(line, '+', len < 40 ? len : 40))
			fold(&folded, line, len, width, hanging(line, len));
		else if (is_head(line, len))
			fold(&folded, line, len, width, HEAD_INDENT);
		else if (is_call(line, len) && width > 2 * CALL_INDENT)
			fold_call(&folded, line, len, width);
		else
			outbuf_put(&folded, line, len);
		if (nl)
			outbuf_putc(&folded, '\n');
		at += len + (nl != NULL);
	}
	if (!outbuf_status(&folded)) {
		b->len = from;
		outbuf_put(b, outbuf_str(&folded), folded.len);
	}
	outbuf_release(&folded);
}

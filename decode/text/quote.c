/* SPDX-License-Identifier: MIT */
/* Text of the traced program, made harmless: a terminal or a log never sees its control bytes. */
#include <thrtrace/tables.h>

#include <string.h>

/* The letter of C's short escapes, or 0. */
static char short_escape(unsigned char c)
{
	switch (c) {
	case '"':
	case '\\':
		return (char)c;
	case '\t':
		return 't';
	case '\n':
		return 'n';
	case '\v':
		return 'v';
	case '\f':
		return 'f';
	case '\r':
		return 'r';
	}
	return 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* s[i], and what follows it tells how long an escape must be. */
static void escape(struct outbuf *out, const char *s, size_t i, size_t len)
{
	unsigned char c = (unsigned char)s[i];
	char letter = short_escape(c);

	if (letter) {
		outbuf_putc(out, '\\');
		outbuf_putc(out, letter);
	} else if (c >= 0x20 && c < 0x7f) {
		outbuf_putc(out, (char)c);
	} else if (i + 1 < len && is_digit(s[i + 1])) {
		outbuf_printf(out, "\\%03o", c); /* all three digits, or the next character would join in */
	} else {
		outbuf_printf(out, "\\%o", c);
	}
}

void quote_format(struct outbuf *out, const char *s, size_t len)
{
	outbuf_putc(out, '"');
	for (size_t i = 0; i < len; i++)
		escape(out, s, i, len);
	outbuf_putc(out, '"');
}

static bool is_plain(char c)
{
	return c >= 0x20 && c < 0x7f && c != '\\';
}

void plain_format(struct outbuf *out, const char *s)
{
	size_t len = strlen(s), i = 0;

	while (i < len) {
		size_t from = i;
		while (i < len && is_plain(s[i])) /* a quote is: there is nothing to close */
			i++;
		outbuf_put(out, s + from, i - from);
		if (i < len)
			escape(out, s, i++, len);
	}
}

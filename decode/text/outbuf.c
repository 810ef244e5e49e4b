/* SPDX-License-Identifier: MIT */
/* The growing buffer of outbuf.h. */
#include <thrtrace/outbuf.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void outbuf_init(struct outbuf *b, size_t max)
{
	*b = (struct outbuf){ .max = max };
}

void outbuf_release(struct outbuf *b)
{
	if (!b)
		return;
	free(b->data);
	outbuf_init(b, b->max);
}

void outbuf_clear(struct outbuf *b)
{
	b->len = 0;
	b->error = 0;
	if (b->data)
		b->data[0] = '\0';
}

void outbuf_consume(struct outbuf *b, size_t n)
{
	if (n >= b->len) {
		b->len = 0;
	} else {
		memmove(b->data, b->data + n, b->len - n);
		b->len -= n;
	}
	if (b->data)
		b->data[b->len] = '\0';
}

/* Makes room for n more bytes and the NUL; false (and marked) when there can be none. */
static bool reserve(struct outbuf *b, size_t n)
{
	if (b->error)
		return false;
	if (n > b->max || b->len > b->max - n) {
		b->error = -EMSGSIZE;
		return false;
	}
	size_t need = b->len + n + 1;
	if (need <= b->cap)
		return true;
	size_t cap = b->cap ? b->cap : 256;
	while (cap < need)
		cap *= 2;
	char *data = realloc(b->data, cap);
	if (!data) {
		b->error = -ENOMEM;
		return false;
	}
	b->data = data;
	b->cap = cap;
	return true;
}

void outbuf_put(struct outbuf *b, const void *data, size_t n)
{
	if (n == 0 || !reserve(b, n))
		return;
	memcpy(b->data + b->len, data, n);
	b->len += n;
	b->data[b->len] = '\0';
}

char *outbuf_room(struct outbuf *b, size_t *n)
{
	if (!reserve(b, *n)) {
		*n = 0;
		return NULL;
	}
	*n = b->cap - b->len - 1 < b->max - b->len ? b->cap - b->len - 1 : b->max - b->len;
	return b->data + b->len;
}

void outbuf_grew(struct outbuf *b, size_t n)
{
	b->len += n;
	b->data[b->len] = '\0';
}

void outbuf_puts(struct outbuf *b, const char *s)
{
	outbuf_put(b, s, strlen(s));
}

void outbuf_putc(struct outbuf *b, char c)
{
	outbuf_put(b, &c, 1);
}

static void slow_printf(struct outbuf *b, const char *fmt, va_list args)
{
	va_list ap;

	if (!reserve(b, 128 < b->max - b->len ? 128 : b->max - b->len))
		return;
	for (int round = 0; round < 2; round++) {
		size_t room = b->cap - b->len;
		va_copy(ap, args);
		int n = vsnprintf(b->data + b->len, room, fmt, ap);
		va_end(ap);
		if (n < 0) {
			b->error = -EINVAL;
			return;
		}
		if ((size_t)n < room && (size_t)n <= b->max - b->len) {
			b->len += (size_t)n;
			return;
		}
		b->data[b->len] = '\0';
		if (!reserve(b, (size_t)n))
			return;
	}
}

/* Digits of value in base 10 or 16, into the end of buf: where they begin. Constant divisors are cheap ones. */
static char *digits(char *end, unsigned long long value, unsigned base)
{
	do {
		*--end = base == 16 ? "0123456789abcdef"[value % 16] : (char)('0' + value % 10);
		value = base == 16 ? value / 16 : value / 10;
	} while (value);
	return end;
}

static void put_number(struct outbuf *b, unsigned long long value, unsigned base, bool negative)
{
	char buf[24], *end = buf + sizeof(buf), *at = digits(end, value, base);

	if (negative)
		*--at = '-';
	outbuf_put(b, at, (size_t)(end - at));
}

/* The argument of an integer conversion: length is the number of 'l', 3 for 'z'. Signed ones come back widened. */
static unsigned long long take_integer(va_list *ap, unsigned length, bool is_signed)
{
	switch (length) {
	case 0:
		return is_signed ? (unsigned long long)va_arg(*ap, int) : va_arg(*ap, unsigned);
	case 1:
		return is_signed ? (unsigned long long)va_arg(*ap, long) : va_arg(*ap, unsigned long);
	case 2:
		return va_arg(*ap, unsigned long long);
	default:
		return va_arg(*ap, size_t);
	}
}

/* One conversion of those that most lines are made of: how many characters of fmt it is; 0: none of them. */
static size_t convert(struct outbuf *b, const char *fmt, va_list *ap)
{
	const char *at = fmt;
	unsigned length = 0;

	if (*at == 's') {
		outbuf_puts(b, va_arg(*ap, const char *));
		return 1;
	}
	bool prefix = *at == '#';
	at += prefix;
	if (*at == 'z') {
		length = 3;
		at++;
	}
	for (; length < 2 && *at == 'l'; at++)
		length++;
	if ((*at != 'u' && *at != 'x' && *at != 'd') || (prefix && *at != 'x') || (length == 3 && *at == 'd'))
		return 0;
	unsigned long long value = take_integer(ap, length, *at == 'd');
	bool negative = *at == 'd' && (long long)value < 0;
	if (prefix && value)
		outbuf_put(b, "0x", 2);
	put_number(b, negative ? 0ULL - value : value, *at == 'x' ? 16 : 10, negative);
	return (size_t)(at - fmt) + 1;
}

/* Formatting is much of what thrtrace itself spends on a thread, and vsnprintf is most of that. */
void outbuf_printf(struct outbuf *b, const char *fmt, ...)
{
	size_t len = b->len;
	va_list ap;

	va_start(ap, fmt);
	for (const char *at = fmt; *at && !b->error;) {
		size_t plain = (size_t)(strchrnul(at, '%') - at);
		outbuf_put(b, at, plain);
		at += plain;
		if (!*at)
			break;
		size_t done = convert(b, at + 1, &ap);
		at += 1 + done;
		if (done)
			continue;
		b->len = len; /* a rarer one: all over again */
		va_end(ap);
		va_start(ap, fmt);
		slow_printf(b, fmt, ap);
		break;
	}
	va_end(ap);
}

void outbuf_pad(struct outbuf *b, size_t col)
{
	size_t start = b->len;

	while (start > 0 && b->data[start - 1] != '\n')
		start--;
	size_t at = b->len - start;
	if (at >= col || !reserve(b, col - at))
		return;
	memset(b->data + b->len, ' ', col - at);
	b->len += col - at;
	b->data[b->len] = '\0';
}

int outbuf_status(const struct outbuf *b)
{
	return b->error;
}

const char *outbuf_str(const struct outbuf *b)
{
	return b->data ? b->data : "";
}

/* SPDX-License-Identifier: MIT */
/* Numbers and bytes of an answer, in both directions. */
#include "tape/tape_io.h"

#include <string.h>

#include "tape/tape_impl.h"

/* ---- numbers ---- */

void tape_u64(struct tape_io *io, uint64_t *v)
{
	if (io->out) {
		tape_put_varint(io->buf, *v);
	} else if (io->bad || !tape_get_varint(&io->at, io->end, v)) {
		io->bad = true;
		*v = 0;
	}
}

void tape_i64(struct tape_io *io, int64_t *v)
{
	uint64_t z = io->out ? tape_zigzag(*v) : 0;

	tape_u64(io, &z);
	*v = tape_unzigzag(z);
}

void tape_time(struct tape_io *io, uint64_t *t_ns)
{
	uint64_t base = io->out ? tape_out_t0(io->out) : tape_in_t0(io->in);
	int64_t since = io->out ? (int64_t)(*t_ns - base) : 0;

	tape_i64(io, &since);
	*t_ns = base + (uint64_t)since;
}

/* ---- bytes ---- */

static void put_inline(struct tape_io *io, const void *bytes, size_t n)
{
	tape_put_varint(io->buf, TAPE_REF_INLINE);
	tape_put_varint(io->buf, n);
	outbuf_put(io->buf, bytes, n);
}

static void put_bytes(struct tape_io *io, const void *bytes, size_t n)
{
	if (!bytes) {
		tape_put_varint(io->buf, TAPE_REF_NULL);
	} else if (n <= TAPE_INLINE) {
		put_inline(io, bytes, n);
	} else {
		tape_put_varint(io->buf, TAPE_REF_FIRST + tape_out_blob(io->out, bytes, n));
	}
}

/* NULL for no bytes at all, and when there is no such blob. */
static const uint8_t *get_bytes(struct tape_io *io, size_t *ret_n)
{
	const uint8_t *bytes = NULL;
	uint64_t ref = 0, n = 0;

	*ret_n = 0;
	tape_u64(io, &ref);
	if (io->bad || ref == TAPE_REF_NULL)
		return NULL;
	if (ref >= TAPE_REF_FIRST) {
		io->bad = !tape_in_blob(io->in, ref - TAPE_REF_FIRST, &bytes, ret_n);
		return bytes;
	}
	tape_u64(io, &n);
	if (io->bad || n > (uint64_t)(io->end - io->at)) {
		io->bad = true;
		return NULL;
	}
	bytes = io->at;
	io->at += n;
	*ret_n = (size_t)n;
	return bytes;
}

void tape_bytes(struct tape_io *io, void *buf, size_t *n, size_t cap)
{
	if (io->out) {
		put_bytes(io, buf, *n);
		return;
	}
	size_t got;
	const uint8_t *bytes = get_bytes(io, &got);
	*n = got < cap ? got : cap;
	if (bytes)
		memcpy(buf, bytes, *n);
}

void tape_once(struct tape_io *io, const void **bytes, size_t *n)
{
	if (io->out)
		put_inline(io, *bytes, *n);
	else
		*bytes = get_bytes(io, n);
}

void tape_chars(struct tape_io *io, char *buf, size_t size)
{
	size_t n = io->out ? strlen(buf) : 0;

	tape_bytes(io, buf, &n, size - 1);
	if (io->out)
		return;
	buf[n] = '\0';
}

/* With its NUL, so that what is read can be borrowed as it is. */
void tape_text(struct tape_io *io, const char **s)
{
	if (io->out) {
		put_bytes(io, *s, *s ? strlen(*s) + 1 : 0);
		return;
	}
	size_t n;
	const uint8_t *bytes = get_bytes(io, &n);
	if (bytes && (n == 0 || memchr(bytes, 0, n) != bytes + n - 1)) {
		io->bad = true;
		bytes = NULL;
	}
	*s = (const char *)bytes;
}

void tape_sentence(struct tape_io *io, const char **s)
{
	tape_text(io, s);
	for (const char *c = io->out ? NULL : *s; c && *c; c++)
		if (*c < 0x20 || *c > 0x7e) {
			io->bad = true;
			*s = NULL;
			return;
		}
}

void tape_words(struct tape_io *io, char *buf, size_t size)
{
	const char *words = buf;

	tape_sentence(io, &words);
	if (!io->in)
		return;
	size_t n = words ? strnlen(words, size - 1) : 0;
	if (n)
		memcpy(buf, words, n);
	buf[n] = '\0';
}

void tape_part(struct tape_io *io, void (*part)(struct tape_io *io, void *value), void *value)
{
	struct tape_io inner = *io;

	if (io->out) {
		inner.buf = tape_out_part(io->out);
		part(&inner, value);
		put_bytes(io, outbuf_str(inner.buf), inner.buf->len);
		return;
	}
	size_t n;
	inner.at = get_bytes(io, &n);
	inner.end = inner.at ? inner.at + n : NULL;
	inner.bad = io->bad || !inner.at;
	part(&inner, value);
	io->bad |= inner.bad;
}

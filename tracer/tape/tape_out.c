/* SPDX-License-Identifier: MIT */
/* Writing a tape. */
#include "tape/tape_io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uthash.h>

#include "tape/tape_impl.h"
#include "tell/output.h"

/* So many bytes of blobs are remembered; then it begins anew, and what comes again is written again. */
#define REMEMBER_MAX (8U << 20)
/* The longest last block: a record of one number. */
#define LAST_BLOCK 64

struct blob {
	UT_hash_handle hh;
	uint64_t number;
	size_t n;
	uint8_t bytes[];
};

struct tape_out {
	struct output to;
	uint64_t max, size;
	uint64_t t0_ns;
	struct outbuf block, answer, part, question;
	struct blob *blobs;
	uint64_t n_blobs;
	size_t remembered;
	bool finished;
	int err;
};

static void out_fail(struct tape_out *t, int err)
{
	if (err && !t->err)
		t->err = err;
}

static void forget_blobs(struct tape_out *t)
{
	struct blob *b, *next;

	HASH_ITER (hh, t->blobs, b, next) {
		HASH_DEL(t->blobs, b);
		free(b);
	}
	t->remembered = 0;
}

struct tape_out *tape_out_new(int fd, uint64_t max)
{
	struct tape_out *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	output_borrow(&t->to, fd);
	t->max = max;
	outbuf_init(&t->block, TAPE_MAX);
	outbuf_init(&t->answer, TAPE_MAX);
	outbuf_init(&t->part, TAPE_MAX);
	outbuf_init(&t->question, TAPE_MAX);
	return t;
}

void tape_out_free(struct tape_out *t)
{
	if (!t)
		return;
	forget_blobs(t);
	output_close(&t->to);
	outbuf_release(&t->block);
	outbuf_release(&t->answer);
	outbuf_release(&t->part);
	outbuf_release(&t->question);
	free(t);
}

static void put_record(struct tape_out *t, const struct question *q, const void *answer, size_t n)
{
	outbuf_clear(&t->question);
	tape_put_question(&t->question, q);
	out_fail(t, outbuf_status(&t->question));
	tape_put_varint(&t->block, t->question.len);
	outbuf_put(&t->block, outbuf_str(&t->question), t->question.len);
	tape_put_varint(&t->block, n);
	outbuf_put(&t->block, answer, n);
}

static void remember(struct tape_out *t, const void *bytes, size_t n)
{
	if (t->remembered + n > REMEMBER_MAX)
		forget_blobs(t);
	struct blob *b = malloc(sizeof(*b) + n);
	if (!b)
		return; /* it is written again the next time */
	b->number = t->n_blobs;
	b->n = n;
	memcpy(b->bytes, bytes, n);
	HASH_ADD_KEYPTR(hh, t->blobs, b->bytes, n, b);
	if (!b->hh.tbl) {
		free(b);
		return;
	}
	t->remembered += n;
}

uint64_t tape_out_blob(struct tape_out *t, const void *bytes, size_t n)
{
	struct blob *b;

	HASH_FIND(hh, t->blobs, bytes, n, b);
	if (b)
		return b->number;
	put_record(t, &(struct question){ .op = TAPE_BLOB }, bytes, n);
	remember(t, bytes, n);
	return t->n_blobs++;
}

struct outbuf *tape_out_part(struct tape_out *t)
{
	outbuf_clear(&t->part);
	return &t->part;
}

uint64_t tape_out_t0(const struct tape_out *t)
{
	return t->t0_ns;
}

void tape_out_base(struct tape_out *t, uint64_t t0_ns)
{
	t->t0_ns = t0_ns;
}

bool tape_out_begin(struct tape_out *t, struct tape_io *io)
{
	if (t->err || t->finished)
		return false;
	outbuf_clear(&t->answer);
	*io = (struct tape_io){ .out = t, .buf = &t->answer };
	return true;
}

void tape_out_end(struct tape_out *t, struct tape_io *io, const struct question *q)
{
	out_fail(t, outbuf_status(io->buf));
	put_record(t, q, outbuf_str(io->buf), io->buf->len);
	out_fail(t, outbuf_status(&t->block));
}

/* A pipe may be one that nobody reads: that must not hold up the trace. */
static int write_out(struct tape_out *t, const void *bytes, size_t n)
{
	if (output_is_full(&t->to))
		return -ETIMEDOUT;
	outbuf_put(&t->to.buf, bytes, n);
	return output_flush(&t->to);
}

static int put_preamble(struct tape_out *t)
{
	uint8_t head[TAPE_PREAMBLE];

	tape_put_preamble(head);
	t->size = sizeof(head);
	return write_out(t, head, sizeof(head));
}

static int put_block(struct tape_out *t)
{
	uint8_t head[TAPE_BLOCK];

	tape_put32(head, (uint32_t)t->block.len);
	tape_put32(head + 4, tape_crc32(t->block.data, t->block.len));
	t->size += sizeof(head) + t->block.len;
	int err = write_out(t, head, sizeof(head));
	return err ? err : write_out(t, t->block.data, t->block.len);
}

void tape_out_flush(struct tape_out *t)
{
	if (t->err || t->block.len == 0)
		return;
	if (t->size == 0)
		out_fail(t, put_preamble(t));
	if (t->err)
		return;
	if (t->size + TAPE_BLOCK + t->block.len + (t->finished ? 0 : TAPE_BLOCK + LAST_BLOCK) > t->max) {
		outbuf_clear(&t->block);
		tape_out_finish(t, TAPE_FULL);
		out_fail(t, -EFBIG);
		return;
	}
	out_fail(t, put_block(t));
	outbuf_clear(&t->block);
}

size_t tape_out_pending(const struct tape_out *t)
{
	return t->block.len;
}

uint64_t tape_out_at(const struct tape_out *t)
{
	return t->size + t->block.len;
}

void tape_out_back(struct tape_out *t, uint64_t at)
{
	if (at >= t->size && at - t->size < t->block.len)
		t->block.len = (size_t)(at - t->size);
}

void tape_out_drain(struct tape_out *t, uint64_t patience_ns)
{
	if (output_waiting(&t->to))
		out_fail(t, output_finish(&t->to, patience_ns));
}

void tape_out_finish(struct tape_out *t, enum tape_end how)
{
	struct tape_io io;

	tape_out_flush(t);
	if (!tape_out_begin(t, &io))
		return;
	tape_put_varint(io.buf, how);
	tape_out_end(t, &io, &(struct question){ .op = TAPE_END });
	t->finished = true;
	tape_out_flush(t);
}

int tape_out_status(const struct tape_out *t)
{
	return t->err;
}

uint64_t tape_out_size(const struct tape_out *t)
{
	return t->size;
}

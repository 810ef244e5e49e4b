/* SPDX-License-Identifier: MIT */
/* Reading a tape that may be cut, damaged, or made by somebody else. */
#include "tape/tape_io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tape/tape_impl.h"

struct record {
	const uint8_t *question, *answer;
	size_t n_question, n_answer;
	bool used;
};

struct tape_blob {
	const uint8_t *bytes;
	size_t n;
};

struct tape_in {
	const uint8_t *bytes, *end;
	const uint8_t *next_block;
	const uint8_t *at, *block_end; /* the next record of the block at hand */
	uint64_t t0_ns;
	bool any_question;
	/* The report that comes next, and the answers that belong to the one before it. */
	struct record report;
	bool has_report;
	struct record *window;
	size_t n_window, cap_window, first_unused;
	struct tape_blob *blobs;
	size_t n_blobs, cap_blobs;
	bool ended;
	enum tape_end how;
	enum tape_trouble trouble;
	uint64_t trouble_at;
	const char *trouble_why;
	struct tape_misses misses;
	struct outbuf asked;
};

static bool in_trouble(struct tape_in *t, enum tape_trouble trouble, const uint8_t *at, const char *why)
{
	if (t->trouble == TAPE_NO_TROUBLE) {
		t->trouble = trouble;
		t->trouble_at = (uint64_t)(at - t->bytes);
		t->trouble_why = why;
	}
	return false;
}

/* false at the end of the bytes, and in trouble. */
static bool next_block(struct tape_in *t)
{
	const uint8_t *at = t->next_block;
	size_t left = (size_t)(t->end - at);

	if (left == 0)
		return in_trouble(t, TAPE_CUT, at, "its last record is missing");
	if (left < TAPE_BLOCK)
		return in_trouble(t, TAPE_CUT, at, "it ends within a block");
	uint32_t n = tape_get32(at);
	if (n == 0 || n > TAPE_MAX)
		return in_trouble(t, TAPE_DAMAGED, at, "the length of a block makes no sense");
	if (n > left - TAPE_BLOCK)
		return in_trouble(t, TAPE_CUT, at, "it ends within a block");
	if (tape_crc32(at + TAPE_BLOCK, n) != tape_get32(at + 4))
		return in_trouble(t, TAPE_DAMAGED, at, "the checksum of a block is wrong");
	t->at = at + TAPE_BLOCK;
	t->block_end = t->next_block = t->at + n;
	return true;
}

static bool get_part(struct tape_in *t, const uint8_t **ret, size_t *ret_n)
{
	uint64_t n;

	if (!tape_get_varint(&t->at, t->block_end, &n) || n > (uint64_t)(t->block_end - t->at))
		return false;
	*ret = t->at;
	*ret_n = (size_t)n;
	t->at += n;
	return true;
}

static bool next_record(struct tape_in *t, struct record *ret)
{
	if (t->trouble || t->ended)
		return false;
	if (t->at == t->block_end && !next_block(t))
		return false;
	const uint8_t *start = t->at;
	*ret = (struct record){ .used = false };
	if (!get_part(t, &ret->question, &ret->n_question) || !get_part(t, &ret->answer, &ret->n_answer) ||
		!ret->n_question)
		return in_trouble(t, TAPE_DAMAGED, start, "a record is longer than its block");
	return true;
}

/* Room for one more element; false, and the tape ends here, when there is no memory. */
static bool grow(struct tape_in *t, void **array, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return true;
	size_t more = *cap ? *cap * 2 : 64;
	void *bigger = realloc(*array, more * size);
	if (!bigger)
		return in_trouble(t, TAPE_CUT, t->at, "there is not enough memory to read on");
	*array = bigger;
	*cap = more;
	return true;
}

static bool add_blob(struct tape_in *t, const struct record *r)
{
	void *blobs = t->blobs;

	if (!grow(t, &blobs, t->n_blobs, &t->cap_blobs, sizeof(*t->blobs)))
		return false;
	t->blobs = blobs;
	t->blobs[t->n_blobs++] = (struct tape_blob){ r->answer, r->n_answer };
	return true;
}

static bool add_answer(struct tape_in *t, const struct record *r)
{
	void *window = t->window;

	if (!grow(t, &window, t->n_window, &t->cap_window, sizeof(*t->window)))
		return false;
	t->window = window;
	t->window[t->n_window++] = *r;
	return true;
}

static void read_end(struct tape_in *t, const struct record *r)
{
	const uint8_t *at = r->answer;
	uint64_t how;

	if (!tape_get_varint(&at, at + r->n_answer, &how) || how >= TAPE_ENDS) {
		in_trouble(t, TAPE_DAMAGED, r->answer, "its last record makes no sense");
		return;
	}
	t->ended = true;
	t->how = (enum tape_end)how;
	if (t->at != t->end)
		in_trouble(t, TAPE_DAMAGED, t->at, "something follows its last record");
}

/* The answers up to the next report, and that. */
static void load_window(struct tape_in *t)
{
	struct record r;

	t->n_window = t->first_unused = 0;
	t->has_report = false;
	while (next_record(t, &r)) {
		bool ok = true;
		switch (r.question[0]) {
		case TAPE_BLOB:
			ok = add_blob(t, &r);
			break;
		case TAPE_END:
			read_end(t, &r);
			return;
		case TAPE_WAIT:
			t->report = r;
			t->has_report = true;
			return;
		default:
			ok = add_answer(t, &r);
			break;
		}
		if (!ok)
			return;
	}
}

int tape_in_new(struct tape_in **ret, const void *bytes, size_t n)
{
	const uint8_t *head = bytes;

	if (n < TAPE_PREAMBLE || memcmp(head, TAPE_MAGIC, TAPE_MAGIC_LEN) != 0 ||
		tape_get32(head + TAPE_PREAMBLE - 4) != tape_crc32(head, TAPE_PREAMBLE - 4))
		return -EINVAL;
	if (tape_get32(head + TAPE_MAGIC_LEN) != TAPE_VERSION)
		return -EPROTONOSUPPORT;
	struct tape_in *t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->bytes = head;
	t->end = head + n;
	t->next_block = t->at = t->block_end = head + TAPE_PREAMBLE;
	outbuf_init(&t->asked, TAPE_MAX);
	load_window(t);
	*ret = t;
	return 0;
}

void tape_in_free(struct tape_in *t)
{
	if (!t)
		return;
	free(t->window);
	free(t->blobs);
	outbuf_release(&t->asked);
	free(t);
}

static struct tape_io reader(struct tape_in *t, const struct record *r)
{
	return (struct tape_io){ .in = t, .at = r->answer, .end = r->answer + r->n_answer };
}

int tape_in_report(struct tape_in *t, struct tape_io *io)
{
	if (!t->has_report || t->trouble) /* both: an answer made no sense */
		return -ENODATA;
	*io = reader(t, &t->report);
	load_window(t);
	return 0;
}

static bool answers(const struct tape_in *t, const struct record *r)
{
	if (r->used)
		return false;
	if (t->any_question)
		return r->question[0] == (uint8_t)t->asked.data[0];
	return r->n_question == t->asked.len && memcmp(r->question, t->asked.data, t->asked.len) == 0;
}

bool tape_in_find(struct tape_in *t, const struct question *q, struct tape_io *io)
{
	outbuf_clear(&t->asked);
	tape_put_question(&t->asked, q);
	for (size_t i = outbuf_status(&t->asked) ? t->n_window : t->first_unused; i < t->n_window; i++) {
		struct record *r = &t->window[i];
		if (!answers(t, r))
			continue;
		r->used = true;
		while (t->first_unused < t->n_window && t->window[t->first_unused].used)
			t->first_unused++;
		*io = reader(t, r);
		return true;
	}
	if (q->later)
		return false;
	if (t->misses.n++ == 0) {
		t->misses.first = q->op;
		t->misses.first_at = (uint64_t)((t->has_report ? t->report.question : t->at) - t->bytes);
	}
	return false;
}

bool tape_in_done(struct tape_in *t, const struct tape_io *io)
{
	if (io->bad)
		in_trouble(t, TAPE_DAMAGED, io->at, "an answer makes no sense");
	return !io->bad;
}

bool tape_in_blob(const struct tape_in *t, uint64_t number, const uint8_t **ret, size_t *ret_n)
{
	if (number >= t->n_blobs)
		return false;
	*ret = t->blobs[number].bytes;
	*ret_n = t->blobs[number].n;
	return true;
}

uint64_t tape_in_t0(const struct tape_in *t)
{
	return t->t0_ns;
}

void tape_in_base(struct tape_in *t, uint64_t t0_ns)
{
	t->t0_ns = t0_ns;
}

void tape_in_any_question(struct tape_in *t)
{
	t->any_question = true;
}

bool tape_in_ended(const struct tape_in *t, enum tape_end *ret_how)
{
	*ret_how = t->how;
	return t->ended && !t->has_report;
}

enum tape_trouble tape_in_trouble(const struct tape_in *t, uint64_t *ret_at, const char **ret_why)
{
	*ret_at = t->trouble_at;
	*ret_why = t->trouble_why;
	return t->trouble;
}

struct tape_misses tape_in_misses(const struct tape_in *t)
{
	return t->misses;
}

/* SPDX-License-Identifier: MIT */
#include "observe/source.h"

#include <errno.h>
#include <string.h>

#include "observe/sampled.h"
#include "tape/tape_io.h"

void source_init(struct source *s, struct events *e)
{
	*s = (struct source){ .events = e };
	outbuf_init(&s->kept, TAPE_MAX);
}

void source_release(struct source *s)
{
	outbuf_release(&s->kept);
}

/* ---- what is kept for later ---- */

struct keeping {
	struct source *source;
	events_take *take;
	void *ctx;
};

static int keep(void *ctx, const struct perf_record *record, const void *bytes, size_t n)
{
	const struct keeping *k = ctx;
	int err = emptier_store(&k->source->kept, record, bytes, n);

	return err ? err : k->take(k->ctx, record, bytes, n);
}

int source_keep(struct source *s, events_take *take, void *ctx)
{
	struct keeping k = { s, take, ctx };

	return events_drain(s->events, keep, &k);
}

static int hand_over_kept(struct source *s, events_take *take, void *ctx)
{
	const char *at = s->kept.data, *end = at ? at + s->kept.len : at;
	struct perf_record r;
	uint16_t n;
	int err = 0;

	while (!err && at < end) {
		memcpy(&n, at, sizeof(n));
		at += sizeof(n);
		if (perf_record_read(at, n, &r) > 0)
			err = take(ctx, &r, at, n);
		at += n;
	}
	outbuf_clear(&s->kept);
	return err;
}

static int drain(struct source *s, events_take *take, void *ctx)
{
	int err = hand_over_kept(s, take, ctx);

	if (err || !s->emptier)
		return err ? err : events_drain(s->events, take, ctx);
	err = emptier_take(s->emptier, &s->kept);
	return err ? err : hand_over_kept(s, take, ctx);
}

/* ---- writing ---- */

static void put_record(struct tape_io *io, const void *bytes, size_t n)
{
	uint8_t cut[EVENTS_RECORD_MAX];
	size_t n_cut = 0, n_stack = 0;

	if (!perf_is_sample(bytes, n)) {
		tape_once(io, &bytes, &n);
		return;
	}
	if (perf_sample_cut(bytes, n, sampled_n_regs, cut, &n_cut, &n_stack)) /* nothing is made of it */
		return;
	bytes = cut;
	tape_once(io, &bytes, &n_cut);
	TAPE_NUM(io, n_stack);
}

struct copying {
	struct tape_io *io;
	events_take *take;
	void *ctx;
};

static int copy(void *ctx, const struct perf_record *record, const void *bytes, size_t n)
{
	struct copying *c = ctx;

	put_record(c->io, bytes, n);
	return c->take(c->ctx, record, bytes, n);
}

static int record(struct source *s, events_take *take, void *ctx)
{
	static const struct question q = { .op = TAPE_RECORDS };
	struct tape_io io;
	struct copying c = { &io, take, ctx };

	if (!tape_out_begin(s->tape.out, &io))
		return drain(s, take, ctx);
	int err = drain(s, copy, &c);
	tape_out_end(s->tape.out, &io, &q);
	return err;
}

/* ---- reading ---- */

/* The next record of the answer into `bytes`: how long it is; 0 where it makes no sense. */
static size_t get_record(struct tape_io *io, uint8_t *bytes)
{
	const void *at = NULL;
	size_t n = 0, n_stack = 0;

	tape_once(io, &at, &n);
	io->bad |= !at || n > EVENTS_RECORD_MAX;
	if (io->bad)
		return 0;
	memcpy(bytes, at, n);
	if (!perf_is_sample(bytes, n))
		return n;
	TAPE_NUM(io, n_stack);
	io->bad |= perf_sample_mend(bytes, &n, EVENTS_RECORD_MAX, n_stack) != 0;
	return io->bad ? 0 : n;
}

static int replay(struct source *s, events_take *take, void *ctx)
{
	static const struct question q = { .op = TAPE_RECORDS };
	uint8_t bytes[EVENTS_RECORD_MAX];
	struct perf_record r;
	struct tape_io io;
	int err = 0;

	if (!tape_in_find(s->tape.in, &q, &io))
		return 0;
	while (!err && !io.bad && io.at < io.end) {
		size_t n = get_record(&io, bytes);
		io.bad |= n == 0 || perf_record_read(bytes, n, &r) != (int)n || r.kind == PERF_OTHER;
		if (!io.bad)
			err = take(ctx, &r, bytes, n);
	}
	return tape_in_done(s->tape.in, &io) ? err : -ENODATA;
}

/* ---- either ---- */

int source_drain(struct source *s, events_take *take, void *ctx)
{
	if (s->tape.in)
		return replay(s, take, ctx);
	return s->tape.out ? record(s, take, ctx) : drain(s, take, ctx);
}

void source_begin_emptying(struct source *s)
{
	if (s->events && !s->emptier)
		s->emptier = emptier_new(s->events);
}

void source_end_emptying(struct source *s)
{
	emptier_free(s->emptier);
	s->emptier = NULL;
}

void source_await_end(const struct source *s, pid_t pid)
{
	if (s->events)
		events_await_end(s->events, pid);
}

bool source_wait(const struct source *s, uint32_t timeout_ns)
{
	return s->events && events_wait(s->events, !s->emptier, timeout_ns);
}

/* A number that the tape has, or gets. */
static uint64_t number(const struct tape *tape, enum tape_op op, uint64_t v)
{
	struct question q = { .op = op };
	struct tape_io io;

	if (!tape->in && !tape->out)
		return v;
	if (tape_answer(tape, &q, &io))
		tape_u64(&io, &v);
	return tape_answered(tape, &q, &io) ? v : 0;
}

uint64_t source_lost(struct source *s)
{
	return number(&s->tape, TAPE_LOST, s->events ? events_lost(s->events) : 0);
}

pid_t source_made(struct source *s)
{
	pid_t made = s->made ? __atomic_load_n(s->made, __ATOMIC_ACQUIRE) : 0;

	return (pid_t)number(&s->tape, TAPE_MADE, (uint64_t)made);
}

/* SPDX-License-Identifier: MIT */
/* Creators with a tape: backtraces, start routines and thread-local storage as they were found, without the files. */
#include "tape/tape_door.h"

#include <stdlib.h>

#define NOT_TOLD "the record does not tell"

struct tape_creators {
	struct creators base;
	struct tape tape;
	struct creators *live; /* NULL: replaying */
	struct tls_layout tls;
};

static struct tape_creators *self(struct creators *c)
{
	return (struct tape_creators *)c;
}

static void put_frame(struct tape_io *io, void *value)
{
	struct frame *f = value;

	tape_u64(io, &f->pc);
	tape_text(io, &f->module);
	tape_u64(io, &f->module_offset);
	tape_text(io, &f->symbol);
	tape_u64(io, &f->offset);
	tape_text(io, &f->file);
	TAPE_NUM(io, f->line);
	f->runtime = backtrace_is_runtime(f->symbol);
	TAPE_BOOL(io, f->in_program);
	TAPE_BOOL(io, f->signal);
}

static void put_backtrace(struct tape_io *io, struct backtrace *bt)
{
	TAPE_BELOW(io, bt->n, BACKTRACE_MAX + 1);
	for (size_t i = 0; i < bt->n; i++)
		tape_part(io, put_frame, &bt->frame[i]);
	backtrace_settle(bt);
	tape_sentence(io, &bt->stopped);
}

/* Only a hint, for reading at once: not on the tape. */
static void tape_expect(struct creators *base, struct task_ids creator, pid_t child, const struct call_clone *args)
{
	if (self(base)->live)
		creators_expect(self(base)->live, creator, child, args);
}

static void tape_backtrace(struct creators *base, struct task_ids task, bool at_clone, struct backtrace *ret)
{
	struct tape_creators *c = self(base);
	struct question q = TAPE_ASK(TAPE_BACKTRACE, task.tid, at_clone);
	struct tape_io io;

	ret->n = 0;
	ret->stopped = NOT_TOLD;
	if (c->live)
		creators_backtrace(c->live, task, at_clone, ret);
	if (tape_answer(&c->tape, &q, &io))
		put_backtrace(&io, ret);
	if (!tape_answered(&c->tape, &q, &io)) {
		ret->n = 0;
		ret->stopped = NOT_TOLD;
	}
}

static uint64_t tape_depth(struct creators *base, pid_t tid, const struct backtrace *bt, taddr sp, taddr high)
{
	struct tape_creators *c = self(base);
	struct question q = TAPE_ASK(TAPE_DEPTH, tid, (int64_t)sp, (int64_t)high);
	uint64_t depth = c->live ? creators_depth(c->live, tid, bt, sp, high) : 0;
	struct tape_io io;

	if (tape_answer(&c->tape, &q, &io))
		tape_u64(&io, &depth);
	return tape_answered(&c->tape, &q, &io) ? depth : 0;
}

static void put_start(struct tape_io *io, struct start_routine *s)
{
	TAPE_BOOL(io, s->known);
	if (!s->known) {
		tape_sentence(io, &s->unknown);
		io->bad |= io->in && !s->unknown;
		return;
	}
	tape_part(io, put_frame, &s->at);
	tape_u64(io, &s->arg);
	TAPE_BOOL(io, s->arg_known);
	tape_part(io, put_frame, &s->label);
}

static void routine(struct tape_creators *c, const struct question *q, struct start_routine *ret)
{
	struct tape_io io;

	if (tape_answer(&c->tape, q, &io))
		put_start(&io, ret);
	if (!tape_answered(&c->tape, q, &io))
		*ret = (struct start_routine){ .unknown = NOT_TOLD };
}

static void tape_start(struct creators *base, struct task_ids child, const struct call_clone *args, taddr tls,
	const struct backtrace *bt, struct start_routine *ret)
{
	struct tape_creators *c = self(base);
	struct question q = TAPE_ASK(TAPE_START, child.tid);

	*ret = (struct start_routine){ .unknown = NOT_TOLD };
	if (c->live)
		creators_start(c->live, child, args, tls, bt, ret);
	routine(c, &q, ret);
}

static void tape_started(
	struct creators *base, struct task_ids task, const struct start_asked *of, struct start_routine *ret)
{
	struct tape_creators *c = self(base);
	struct question q = TAPE_ASK(TAPE_STARTED, task.tid, (int64_t)of->tp);

	q.later = true; /* with --observe it was not asked at once */
	*ret = (struct start_routine){ .unknown = NOT_TOLD };
	if (c->live)
		creators_started(c->live, task, of, ret);
	routine(c, &q, ret);
}

static enum end_wait tape_waits(struct creators *base, struct task_ids task)
{
	struct tape_creators *c = self(base);
	struct question q = TAPE_ASK(TAPE_WAITS, task.tid);
	enum end_wait waits = c->live ? creators_waits(c->live, task) : WAITS_EITHER;
	struct tape_io io;

	if (tape_answer(&c->tape, &q, &io))
		TAPE_BELOW(&io, waits, WAITS_EITHER + 1);
	return tape_answered(&c->tape, &q, &io) ? waits : WAITS_EITHER;
}

/* Records from before it was asked have no answer. */
static enum join_note tape_noted(struct creators *base, struct task_ids reader, const struct join_asked *asked)
{
	struct tape_creators *c = self(base);
	struct question q = TAPE_ASK(
		TAPE_NOTED, reader.tid, (int64_t)asked->tp, (int64_t)asked->cleared, (int64_t)asked->musl_state);
	enum join_note note = c->live ? creators_noted(c->live, reader, asked) : JOIN_NOT_KNOWN;
	struct tape_io io;

	q.later = true;
	if (tape_answer(&c->tape, &q, &io))
		TAPE_BELOW(&io, note, JOIN_FREED + 1);
	return tape_answered(&c->tape, &q, &io) ? note : JOIN_NOT_KNOWN;
}

/* Likewise. */
static const char *tape_datum(struct creators *base, struct task_ids task, taddr addr, uint64_t *ret_offset)
{
	struct tape_creators *c = self(base);
	struct question q = TAPE_ASK(TAPE_DATUM, task.tid, (int64_t)addr);
	const char *symbol = c->live ? creators_datum(c->live, task, addr, ret_offset) : NULL;
	struct tape_io io;

	q.later = true;
	if (tape_answer(&c->tape, &q, &io)) {
		tape_text(&io, &symbol);
		tape_u64(&io, ret_offset);
	}
	return tape_answered(&c->tape, &q, &io) ? symbol : NULL;
}

/* Likewise. */
static taddr tape_base(struct creators *base, struct task_ids task, taddr robust_head)
{
	struct tape_creators *c = self(base);
	struct question q = TAPE_ASK(TAPE_BASE, task.tid, (int64_t)robust_head);
	taddr tp = c->live ? creators_base(c->live, task, robust_head) : 0;
	struct tape_io io;

	q.later = true;
	if (tape_answer(&c->tape, &q, &io))
		tape_u64(&io, &tp);
	return tape_answered(&c->tape, &q, &io) ? tp : 0;
}

static void put_tls_part(struct tape_io *io, void *value)
{
	struct tls_part *p = value;

	tape_text(io, &p->module);
	tape_u64(io, &p->size);
	tape_u64(io, &p->init);
	tape_u64(io, &p->align);
	TAPE_BOOL(io, p->placed);
	tape_i64(io, &p->offset);
	tape_sentence(io, &p->unplaced);
	TAPE_BOOL(io, p->program);
	io->bad |= io->in && (!p->module || (!p->placed && !p->unplaced));
}

static void put_tls(struct tape_io *io, struct tls_layout *l)
{
	TAPE_BELOW(io, l->n, TLS_PARTS + 1);
	for (size_t i = 0; i < l->n; i++)
		tape_part(io, put_tls_part, &l->part[i]);
	TAPE_BOOL(io, l->more);
	tape_u64(io, &l->static_bytes);
}

static const struct tls_layout *tape_tls(struct creators *base, struct task_ids task)
{
	struct tape_creators *c = self(base);
	struct question q = TAPE_ASK(TAPE_TLS, task.tid);
	const struct tls_layout *tls = c->live ? creators_tls(c->live, task) : NULL;
	bool known = tls != NULL;
	struct tape_io io;

	if (tls)
		c->tls = *tls;
	if (tape_answer(&c->tape, &q, &io)) {
		TAPE_BOOL(&io, known);
		if (known)
			put_tls(&io, &c->tls);
	}
	return tape_answered(&c->tape, &q, &io) && known ? &c->tls : NULL;
}

static void tape_exec(struct creators *base, pid_t tgid)
{
	if (self(base)->live)
		creators_exec(self(base)->live, tgid);
}

static void tape_gone(struct creators *base, pid_t tgid)
{
	if (self(base)->live)
		creators_gone(self(base)->live, tgid);
}

static void tape_release(struct creators *base)
{
	free(base);
}

struct creators *creators_tape_new(struct tape tape, struct creators *live)
{
	static const struct creators_ops ops = {
		.release = tape_release,
		.expect = tape_expect,
		.backtrace = tape_backtrace,
		.depth = tape_depth,
		.start = tape_start,
		.started = tape_started,
		.base = tape_base,
		.waits = tape_waits,
		.noted = tape_noted,
		.datum = tape_datum,
		.tls = tape_tls,
		.exec = tape_exec,
		.gone = tape_gone,
	};
	struct tape_creators *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->base.ops = &ops;
	c->tape = tape;
	c->live = live;
	return &c->base;
}

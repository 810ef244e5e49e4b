/* SPDX-License-Identifier: MIT */
#include "observe/seen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <thrtrace/abi.h>

#include "tape/tape_io.h"

static const enum call_id id[TRACED_CALLS] = {
	[TRACED_clone3] = CALL_clone3,
	[TRACED_clone] = CALL_clone,
	[TRACED_vfork] = CALL_vfork,
	[TRACED_fork] = CALL_fork,
	[TRACED_exit_group] = CALL_exit_group,
	[TRACED_exit] = CALL_exit,
	[TRACED_set_robust_list] = CALL_set_robust_list,
};

static const char gone[] = "the program was gone before more of it was looked at";
static const char replaced[] = "its program was replaced by execve before that was looked at";

int seen_begin(struct seen *s, struct kernel *live, bool frames)
{
	sampled_door_init(&s->door, live);
	s->creators = frames ? creators_new(&s->door.door) : NULL;
	if (s->creators)
		s->creators->late = true;
	return frames && !s->creators ? -ENOMEM : 0;
}

int seen_record_onto(struct seen *s, struct tape tape)
{
	struct creators *recorded = s->creators ? creators_tape_new(tape, s->creators) : NULL;

	if (s->creators && !recorded)
		return -ENOMEM;
	s->live = s->creators;
	s->creators = recorded;
	s->tape = tape;
	tape_door_init(&s->words, tape, &s->door.door);
	return 0;
}

int seen_begin_replay(struct seen *s, struct tape tape, bool frames)
{
	sampled_door_init(&s->door, NULL);
	s->creators = frames ? creators_tape_new(tape, NULL) : NULL;
	s->tape = tape;
	tape_door_init(&s->words, tape, NULL);
	return frames && !s->creators ? -ENOMEM : 0;
}

void seen_end(struct seen *s)
{
	sampled_door_release(&s->door);
	creators_free(s->creators);
	creators_free(s->live);
	s->creators = s->live = NULL;
}

void seen_call_free(struct seen_call *c)
{
	if (!c)
		return;
	free(c->frame);
	free(c->at);
	free(c);
}

void seen_backtrace(const struct seen_call *c, struct backtrace *ret)
{
	ret->n = c->n_frames;
	ret->stopped = c->stopped;
	if (c->n_frames)
		memcpy(ret->frame, c->frame, c->n_frames * sizeof(*c->frame));
}

void seen_record(struct seen *s, const struct perf_record *r, const void *bytes, size_t n)
{
	struct spaces *spaces = &s->door.spaces;
	struct vma v;

	if (r->kind == PERF_COMM && r->u.comm.exec) {
		spaces_exec(spaces, s->door.live, r->u.comm.tgid, r->t_ns);
		if (s->creators)
			creators_exec(s->creators, r->u.comm.tgid);
	} else if (r->kind == PERF_FORK && r->u.task.tgid != r->u.task.parent_tgid) {
		spaces_fork(spaces, r->u.task.parent_tgid, r->u.task.tgid);
	} else if (r->kind == PERF_MAP && !r->u.map.anonymous && perf_map_read(bytes, n, &v) == 0) {
		spaces_map(spaces, r->u.map.tgid, &v, r->t_ns);
	}
}

void seen_gone(struct seen *s, pid_t tgid)
{
	spaces_gone(&s->door.spaces, tgid);
	if (s->creators)
		creators_gone(s->creators, tgid);
}

/* ---- the beginning of a call ---- */

static ssize_t read_mem(void *ctx, taddr at, void *buf, size_t n)
{
	const struct seen *s = ctx;
	const struct kernel *door = s->tape.in || s->tape.out ? &s->words.k : &s->door.door;

	return door->read_mem(door->ctx, s->door.now->tid, at, buf, n);
}

static int keep_frames(struct seen_call *c, const struct backtrace *bt)
{
	c->unwound = true;
	c->stopped = bt->stopped;
	if (!bt->n)
		return 0;
	c->frame = malloc(bt->n * sizeof(*c->frame));
	if (!c->frame)
		return -ENOMEM;
	memcpy(c->frame, bt->frame, bt->n * sizeof(*c->frame));
	c->n_frames = bt->n;
	return 0;
}

static bool makes_tasks(enum call_id call)
{
	const struct call_row *row = call_row(call);

	return row && (row->traits & CALL_CREATES);
}

static void take_stack(struct sampled *at, const struct perf_sample *sample)
{
	at->from = at->sp;
	at->n = sample->n_stack < SAMPLED_STACK ? sample->n_stack : SAMPLED_STACK;
	at->bytes = sample->stack;
}

/* With its bytes behind it, which the ring takes back: in one piece, to be freed. NULL when out of memory. */
static struct sampled *keep(const struct sampled *at)
{
	struct sampled *kept = malloc(sizeof(*kept) + at->n);

	if (!kept)
		return NULL;
	*kept = *at;
	if (at->n)
		kept->bytes = memcpy(kept + 1, at->bytes, at->n);
	return kept;
}

/*
 * The words that clone3 was given lie on its caller's stack, which the sample has, or elsewhere: there they may have
 * been written anew, for the next thread.
 */
static void decode(struct seen *s, const struct perf_sample *sample, struct seen_call *c)
{
	struct mem mem = { .read = read_mem, .ctx = s };
	uint64_t arg[CALL_ARGS] = { 0 };

	for (unsigned i = 0; i < sample->n_words && i < CALL_ARGS; i++)
		arg[i] = sample->word[i];
	s->door.strict = true;
	call_decode(&c->call, abi_native(), (uint64_t)sample->nr, arg, &mem);
	s->door.strict = false;
	c->elsewhere = (c->call.defects & (CALL_ARGS_UNREAD | CALL_ARGS_SHORT)) != 0;
	c->call.defects &= ~(uint32_t)(CALL_ARGS_UNREAD | CALL_ARGS_SHORT | CALL_SET_TID_UNREAD);
}

/* A tape has samples without their registers; they were there. */
static bool take_regs(const struct seen *s, struct sampled *at, const struct perf_sample *sample)
{
	return s->tape.in ? sample->regs_64 : sampled_regs(at, sample) == 0;
}

/* Something was not read since the program is gone. */
static bool was_gone(const struct seen *s, const struct sampled *at)
{
	struct question q = TAPE_ASK(TAPE_GONE, at->tid);
	struct kernel *k = s->door.live;
	bool went = k && s->door.missed && k->in_group(k->ctx, at->tgid, at->tid) != 1;
	struct tape_io io;

	if (!s->tape.in && !s->tape.out)
		return went;
	if (tape_answer(&s->tape, &q, &io))
		TAPE_BOOL(&io, went);
	return tape_answered(&s->tape, &q, &io) && went;
}

static int read_begin(
	struct seen *s, const struct perf_record *r, const struct perf_sample *sample, struct seen_call *c)
{
	struct sampled at = { .tid = r->by_tid, .tgid = r->by_tgid, .t_ns = r->t_ns };
	struct backtrace bt;
	int err = 0;

	c->begins = true;
	bool regs = take_regs(s, &at, sample);
	if (regs)
		take_stack(&at, sample);
	sampled_door_show(&s->door, &at, true);
	decode(s, sample, c);
	if (s->creators && spaces_exec_ns(&s->door.spaces, at.tgid) > r->t_ns) {
		c->unwound = true;
		c->stopped = replaced;
	} else if (s->creators && regs && makes_tasks(c->call.id)) {
		creators_backtrace(s->creators, (struct task_ids){ at.tid, at.tgid }, true, &bt);
		if (bt.stopped && was_gone(s, &at))
			bt.stopped = gone;
		err = keep_frames(c, &bt);
	}
	sampled_door_show(&s->door, NULL, false);
	if (err || c->call.id != CALL_set_robust_list)
		return err;
	c->at = keep(&at);
	return c->at ? 0 : -ENOMEM;
}

/* ---- its return ---- */

static int read_return(
	const struct seen *s, const struct perf_record *r, const struct perf_sample *sample, struct seen_call *c)
{
	c->result = sample->n_words ? (int64_t)sample->word[0] : 0;
	if (c->result != 0)
		return 0;
	struct sampled at = { .tid = r->by_tid, .tgid = r->by_tgid, .t_ns = r->t_ns };
	if (take_regs(s, &at, sample))
		take_stack(&at, sample);
	c->at = keep(&at);
	return c->at ? 0 : -ENOMEM;
}

int seen_read(struct seen *s, const struct perf_record *r, const void *bytes, size_t n, struct seen_call **ret)
{
	struct perf_sample sample;
	int err = perf_sample_read(bytes, n, s->tape.in ? 0 : sampled_n_regs, &sample);

	*ret = NULL;
	for (unsigned i = 0; !err && !*ret && i < TRACED_CALLS; i++) {
		bool begins = sample.type == s->ids.enter[i];
		if ((!begins && sample.type != s->ids.exit[i]) || call_nr(abi_native(), id[i]) != sample.nr)
			continue;
		struct seen_call *c = calloc(1, sizeof(*c));
		if (!c)
			return -ENOMEM;
		c->t_ns = r->t_ns;
		err = begins ? read_begin(s, r, &sample, c) : read_return(s, r, &sample, c);
		*ret = c;
	}
	return err;
}

void seen_start(struct seen *s, const struct seen_call *first, const struct seen_call *later,
	const struct call_clone *args, const struct backtrace *bt, struct start_routine *ret)
{
	struct sampled at = *first->at;

	if (spaces_exec_ns(&s->door.spaces, at.tgid) > first->t_ns) {
		ret->unknown = replaced;
		return;
	}
	/* A new stack's uppermost page is mostly untouched then: there was nothing. */
	if (!at.n && later && later->at) {
		at.from = later->at->from;
		at.n = later->at->n;
		at.bytes = later->at->bytes;
	}
	sampled_door_show(&s->door, &at, true);
	creators_start(s->creators, (struct task_ids){ at.tid, at.tgid }, args, call_clone_tls(args), bt, ret);
	sampled_door_show(&s->door, NULL, false);
}

void seen_start_later(
	struct seen *s, const struct seen_call *later, const struct call_clone *args, struct start_routine *ret)
{
	const struct sampled *at = later->at;

	if (spaces_exec_ns(&s->door.spaces, at->tgid) > later->t_ns) {
		ret->unknown = replaced;
		return;
	}
	sampled_door_show(&s->door, at, true);
	creators_started(s->creators, (struct task_ids){ at->tid, at->tgid },
		&(struct start_asked){ .tp = call_clone_tls(args), .code = at->pc }, ret);
	sampled_door_show(&s->door, NULL, false);
}

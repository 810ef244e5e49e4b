/* SPDX-License-Identifier: MIT */
#include "follow/unjoined.h"

#include <stdlib.h>

#include "creators/creators.h"

/*
 * A look costs a read of memory a thread, which thousands of ends feel. The last look of a process is at all of them,
 * and the others are at the newest: who has joined the rest stays unknown. Where more threads live than the one that
 * ends and another, the end that follows is no last one, and who has joined can't be told by it (joined()): then two
 * do, the newest and one of the others by turns, which were joined before their records are somebody else's.
 */
#define UNJOINED_MAX 4096
#define LOOKED_MAX   16

static bool has_record(const struct task *task)
{
	bool own = task->birth == BIRTH_ATTACHED || task->birth == BIRTH_OBSERVED || task->clear_tid;

	return task->thread && task->tls_known && task->tls && own;
}

static struct join_asked asked_of(const struct run *r, const struct task *task)
{
	bool musl = model_libc(r->tell.model, task) == LIBC_MUSL;

	return (struct join_asked){
		.tp = task->tls, .cleared = musl ? 0 : task->clear_tid, .musl_state = musl ? task->clear_key : 0
	};
}

enum join_note unjoined_note(struct run *r, const struct tracee *t, const struct task *task)
{
	if (!r->creators || !has_record(task))
		return JOIN_NOT_KNOWN;
	struct join_asked asked = asked_of(r, task);
	enum join_note note = creators_noted(r->creators, (struct task_ids){ t->tid, t->tgid }, &asked);

	/* A detached thread of musl has unmapped its stack, with the record in it; glibc's lies there to the last. */
	if (note == JOIN_FREED)
		return asked.musl_state ? JOIN_DETACHED : JOIN_NOT_KNOWN;
	return note == JOIN_DONE ? JOIN_NOT_KNOWN : note;
}

void unjoined_note_rest(struct run *r, const struct tracee *t, const struct task *task)
{
	struct tracee *o, *next;

	if (!r->asks_rest || !r->creators || !task->group || task->group->live < 2 || task->group->live > LOOKED_MAX)
		return;
	HASH_ITER (hh, r->tracees.by_tid, o, next) {
		const struct task *other = o != t && o->tgid == t->tgid ? run_task(r, o) : NULL;
		if (other && o->state != TR_EXITING)
			o->end.noted = unjoined_note(r, t, other);
	}
}

void unjoined_add(struct run *r, const struct task *task, const struct ev_end *end)
{
	struct ends *e = &r->ends;
	bool open = end->noted == JOIN_OPEN && end->how == END_EXIT && !task->joined;

	if (!open || e->n_unjoined == UNJOINED_MAX)
		return;
	if (e->n_unjoined == e->cap_unjoined) {
		size_t cap = e->cap_unjoined ? e->cap_unjoined * 2 : 64;
		struct unjoined *all = realloc(e->unjoined, cap * sizeof(*all));
		if (!all)
			return; /* unknown is what it stays */
		e->unjoined = all;
		e->cap_unjoined = cap;
	}
	struct join_asked asked = asked_of(r, task);
	e->unjoined[e->n_unjoined++] = (struct unjoined){
		.serial = task->id.serial,
		.tgid = task->tgid,
		.tp = task->tls,
		.word = asked.musl_state ? asked.musl_state : asked.cleared,
		.musl = asked.musl_state != 0,
		.supplied = task->stack.kind != STACK_OWN_MAPPING && task->stack.kind != STACK_CACHED,
	};
}

static void tell_noted(struct run *r, const struct task *of, struct ev_noted noted)
{
	struct event ev = { .kind = EV_NOTED, .task = of, .t_ns = r->t_report_ns, .u.noted = noted };

	run_tell(r, &ev, false);
}

static void tell(struct run *r, const struct task *of, enum join_note note, const struct task *by, bool late)
{
	tell_noted(r, of, (struct ev_noted){ .note = note, .by = by, .late = late });
}

/* The process of t ends, and nobody has joined it. musl unmaps who is; on a stack of the program's nothing tells. */
static void tell_never(struct run *r, const struct task *of, const struct unjoined *u, const struct tracee *t)
{
	bool known = !u->musl || !u->supplied;

	tell_noted(r, of,
		(struct ev_noted){ .note = known ? JOIN_NEVER : JOIN_NOT_KNOWN, .killed = t->end.how == END_SIGNAL });
}

/* Drops the i-th; their order stays that of their ends. */
static void drop(struct ends *e, size_t i)
{
	e->n_unjoined--;
	for (; i < e->n_unjoined; i++)
		e->unjoined[i] = e->unjoined[i + 1];
}

/*
 * Whoever has joined it lived at some time since the last look, which was at the end before this one: that is one of
 * those that live now. A wait for its end would have been seen, unless no calls are followed.
 */
static void joined(struct run *r, const struct unjoined *u, const struct task *of, const struct task *at_end)
{
	bool waits_seen = r->asked.mode != MODE_LIGHT && !r->foreign_filter;
	bool only = at_end->group && at_end->group->live == 1 && !u->unlooked;
	const struct task *waited = of->joiner ? model_by_serial(r->tell.model, of->joiner) : NULL;

	if (waited) /* its wait was cut short, by a signal say, and it went on without another */
		tell(r, of, JOIN_DONE, waited, false);
	else
		tell(r, of, JOIN_DONE, only ? at_end : NULL, waits_seen);
}

/* true: it needs no more looks. */
static bool look(struct run *r, const struct unjoined *u, const struct tracee *t, const struct task *at_end, bool last)
{
	const struct task *of = model_by_serial(r->tell.model, u->serial);
	struct join_asked asked = {
		.tp = u->tp, .cleared = u->musl ? 0 : u->word, .musl_state = u->musl ? u->word : 0
	};

	if (!of || of->joined)
		return true;
	enum join_note note = creators_noted(r->creators, (struct task_ids){ t->tid, t->tgid }, &asked);
	if (note == JOIN_NOT_KNOWN && u->musl) /* another thread's record is where it was */
		note = JOIN_FREED;
	if (note == JOIN_DONE)
		joined(r, u, of, at_end);
	else if (note == JOIN_DETACHED || note == JOIN_FREED || note == JOIN_NOT_KNOWN)
		tell(r, of, note, NULL, false);
	else if (last)
		tell_never(r, of, u, t);
	return note != JOIN_OPEN || last;
}

/* Those below the newest, one after the other, at one end each. Each stays one that was passed over. */
static void look_at_next(struct run *r, const struct tracee *t, const struct task *at_end)
{
	struct ends *e = &r->ends;

	if (e->n_unjoined < 2)
		return;
	if (e->next_look >= e->n_unjoined - 1)
		e->next_look = 0;
	if (e->unjoined[e->next_look].tgid != t->tgid)
		e->next_look++;
	else if (look(r, &e->unjoined[e->next_look], t, at_end, false))
		drop(e, e->next_look);
	else
		e->unjoined[e->next_look++].unlooked = true;
}

/* At an end among many. Below one that was passed over before, all have been. */
static void look_at_two(struct run *r, const struct tracee *t, const struct task *at_end)
{
	struct ends *e = &r->ends;
	bool looked = false;

	for (size_t i = e->n_unjoined; i-- > 0;) {
		struct unjoined *u = &e->unjoined[i];
		if (u->tgid != t->tgid)
			continue;
		bool passed = looked && u->unlooked;
		u->unlooked = looked;
		if (passed)
			break;
		if (!looked && look(r, u, t, at_end, false))
			drop(e, i);
		looked = true;
	}
	look_at_next(r, t, at_end);
}

void unjoined_look(struct run *r, const struct tracee *t, const struct task *task, bool last)
{
	struct ends *e = &r->ends;
	unsigned looked = 0;

	if (!r->creators)
		return;
	if (!last && task->group && task->group->live > 2) {
		look_at_two(r, t, task);
		return;
	}
	for (size_t i = e->n_unjoined; i-- > 0;) {
		struct unjoined *u = &e->unjoined[i];
		if (u->tgid != t->tgid)
			continue;
		if (!last && looked++ >= LOOKED_MAX)
			u->unlooked = true;
		else if (look(r, u, t, task, last))
			drop(e, i);
		else
			u->unlooked = false;
	}
}

void unjoined_replaced(struct run *r, pid_t tgid, taddr tp)
{
	struct ends *e = &r->ends;

	for (size_t i = e->n_unjoined; i-- > 0;) {
		const struct unjoined *u = &e->unjoined[i];
		if (u->tgid != tgid || u->tp != tp)
			continue;
		const struct task *of = model_by_serial(r->tell.model, u->serial);
		if (of && !of->joined)
			tell(r, of, JOIN_FREED, NULL, false);
		drop(e, i);
	}
}

void unjoined_forget(struct run *r, pid_t tgid)
{
	struct ends *e = &r->ends;

	for (size_t i = e->n_unjoined; i-- > 0;) {
		const struct task *of = model_by_serial(r->tell.model, e->unjoined[i].serial);
		if (e->unjoined[i].tgid != tgid)
			continue;
		if (of && !of->joined)
			tell(r, of, JOIN_NOT_KNOWN, NULL, false);
		drop(e, i);
	}
}

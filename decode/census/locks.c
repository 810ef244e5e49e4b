/* SPDX-License-Identifier: MIT */
/*
 * Which lock a futex word belongs to. No word says so of itself: a guess is believed only where the operation and the
 * value that the waiter has passed, the word now, and the fields beside it fit one layout, and an owner only when it
 * is a thread of this process. All else is its runtime's own word.
 */
#include "census/census_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OP_WAIT            0U
#define OP_LOCK_PI         6U
#define OP_WAIT_BITSET     9U
#define OP_WAIT_REQUEUE_PI 11U
#define OP_LOCK_PI2        13U
#define WAITERS            0x80000000U
#define TID_MASK           0x3fffffffU

struct guess {
	const struct census *c;
	const struct lock_words *w;
	uint32_t op, value, word; /* op: without its flags */
	taddr at;
	bool timed;
};

/* A word at some distance of the futex: 0, or false when it was not read. */
static bool word_at(const struct guess *g, int off, uint32_t *ret)
{
	if (off < -(int)g->w->below || off + 4 > (int)g->w->above)
		return false;
	memcpy(ret, g->w->bytes + LOCK_BELOW + off, 4);
	return true;
}

static bool few(const struct guess *g, uint32_t v)
{
	return v >= 1 && v <= 2 * g->c->n + 16;
}

static bool is_owner(struct census_lock *l, const struct guess *g, uint32_t tid_inside)
{
	const struct census_task *t = tid_inside && tid_inside <= TID_MASK ? census_by_inside(g->c, (pid_t)tid_inside) :
									     NULL;

	l->owner = t ? t->tid : 0;
	return t;
}

/* lock, count, owner, nusers, kind: sysdeps/nptl/struct_mutex.h */
static bool is_glibc_mutex(struct census_lock *l, const struct guess *g)
{
	uint32_t owner, users, kind;
	bool robust = (g->word & WAITERS) && g->value == (g->word | WAITERS);

	if (!(g->op == OP_WAIT && !g->timed) && !(g->op == OP_WAIT_BITSET && g->timed))
		return false;
	if (!(g->word == 2 && g->value == 2) && !robust)
		return false;
	if (!word_at(g, 8, &owner) || !word_at(g, 12, &users) || !word_at(g, 16, &kind))
		return false;
	if (!few(g, users) || (kind & ~0x3ffU) || (robust && (!(kind & 16) || owner != (g->word & TID_MASK))))
		return false;
	l->kind = WAIT_MUTEX;
	return is_owner(l, g, owner);
}

/* type, lock, waiters: src/internal/pthread_impl.h. Type 0, the normal one, notes EBUSY in place of an owner. */
static bool is_musl_mutex(struct census_lock *l, const struct guess *g)
{
	uint32_t type;

	if (g->op != OP_WAIT || !(g->word & WAITERS) || g->value != g->word || !word_at(g, -4, &type) ||
		(type & ~0x8fU))
		return false;
	l->at = g->at - 4;
	l->kind = (type & 3) ? WAIT_MUTEX : WAIT_BLIND;
	return l->kind == WAIT_BLIND || is_owner(l, g, g->word & TID_MASK);
}

/* The kernel reads the word itself, futex(2): any runtime's. */
static bool is_pi(struct census_lock *l, const struct guess *g)
{
	if (g->op != OP_LOCK_PI && g->op != OP_LOCK_PI2)
		return false;
	l->kind = WAIT_PI;
	return is_owner(l, g, g->word & TID_MASK);
}

/*
 * readers, writers, wrphase_futex, writers_futex, two pads, cur_writer: sysdeps/nptl/struct_rwlock.h. Readers wait on
 * the third, writers on the fourth; in both bit 1 says that the futex is used. Of readers, bit 1: a writer has it, or
 * wants it.
 */
static bool is_glibc_rwlock(struct census_lock *l, const struct guess *g)
{
	uint32_t readers, writer, shared;

	if (g->op != OP_WAIT_BITSET || (g->value != 2 && g->value != 3) || g->word != g->value)
		return false;
	for (int field = 8; field <= 12; field += 4) {
		if (!word_at(g, -field, &readers) || !word_at(g, 24 - field, &writer) ||
			!word_at(g, 28 - field, &shared) || shared > 1)
			continue;
		l->at = g->at - (taddr)field;
		l->kind = WAIT_WRITTEN;
		if ((readers & 2) && is_owner(l, g, writer))
			return true;
		l->kind = WAIT_READ;
		if (field == 12 && !writer && (readers & 2) && few(g, readers >> 3))
			return true;
	}
	return false;
}

static uint64_t wide_at(const struct guess *g, int off)
{
	uint32_t low = 0, high = 0;

	return word_at(g, off, &low) && word_at(g, off + 4, &high) ? (uint64_t)high << 32 | low : 0;
}

/*
 * pthread_cond_t begins with the number of waits ever, and of those before the older group; one bit of each is a
 * mark. The word before the two that are waited on counts who waits, shifted by 3.
 */
static bool is_condition_at(const struct guess *g, int begin, int waiters_at)
{
	uint64_t waits = wide_at(g, begin) >> 1, older = wide_at(g, begin + 8) >> 1;
	uint32_t waiters;

	return waits && older <= waits && word_at(g, waiters_at, &waiters) && few(g, waiters >> 3) &&
		waiters >> 3 <= waits;
}

/* Until 2.40 each of the two groups has a count of who refers to it; since 2.41 the words stand 8 bytes nearer. */
static bool is_glibc_condition(struct census_lock *l, const struct guess *g)
{
	uint32_t refs;

	if (g->op != OP_WAIT_BITSET)
		return false;
	for (int group = 0; group < 2; group++) {
		int begin = -40 - 4 * group, later = -32 - 4 * group;
		l->at = g->at + (taddr)(int64_t)begin;
		if (is_condition_at(g, begin, begin + 36) && word_at(g, -24, &refs) && few(g, refs >> 1))
			return true;
		l->at = g->at + (taddr)(int64_t)later;
		if (is_condition_at(g, later, later + 28))
			return true;
	}
	return false;
}

/* A value of 32 bits and the number of waiters beside it: sysdeps/nptl/internaltypes.h, struct new_sem. */
static bool is_glibc_semaphore(const struct guess *g)
{
	uint32_t waiters;

	return g->op == OP_WAIT_BITSET && g->value == 0 && word_at(g, 4, &waiters) && few(g, waiters);
}

/*
 * The word that the kernel clears at a thread's end holds its tid until then (CLONE_CHILD_CLEARTID). In glibc's struct
 * pthread the head of the robust list stands close behind it: any other word could hold such a number by chance.
 */
static bool is_join(struct census_lock *l, const struct guess *g)
{
	enum { CLOSE = 64 };

	if ((g->op != OP_WAIT && g->op != OP_WAIT_BITSET) || g->word != g->value || g->c->libc != LIBC_GLIBC ||
		!is_owner(l, g, g->value))
		return false;
	const struct census_task *joined = census_by_tid(g->c, l->owner);
	l->kind = WAIT_JOIN;
	return joined->robust_head > g->at && joined->robust_head - g->at <= CLOSE;
}

static bool is_glibc(struct census_lock *l, const struct guess *g)
{
	if (is_glibc_mutex(l, g) || is_glibc_rwlock(l, g))
		return true;
	l->owner = 0;
	l->kind = WAIT_CONDITION;
	if (is_glibc_condition(l, g))
		return true;
	l->at = g->at;
	l->kind = WAIT_SEMAPHORE;
	if (is_glibc_semaphore(g))
		return true;
	/* lll_lock: stdio, malloc, the dynamic linker; or a mutex that is just changing hands. */
	l->kind = WAIT_BLIND;
	return g->op == OP_WAIT && g->value == 2 && !g->timed;
}

void census_lock_of(
	struct census_lock *ret, const struct census *c, const struct census_task *t, const struct lock_words *words)
{
	struct guess g = { .c = c, .w = words, .at = t->arg[0], .timed = t->fourth };
	struct census_lock l = { .at = g.at, .timed = g.timed };

	*ret = (struct census_lock){ .kind = WAIT_WORD, .at = g.at, .timed = g.timed };
	g.op = (uint32_t)t->arg[1] & ~(128U | 256U);
	g.value = (uint32_t)t->arg[2];
	if (!word_at(&g, 0, &g.word))
		return;
	if (is_pi(&l, &g) || is_join(&l, &g)) {
		*ret = l;
		return;
	}
	l = *ret;
	if ((c->libc == LIBC_GLIBC && is_glibc(&l, &g)) || (c->libc == LIBC_MUSL && is_musl_mutex(&l, &g)))
		*ret = l;
}

bool census_waits_on(const struct census *c, const struct census_task *t, taddr *ret)
{
	uint32_t op = (uint32_t)t->arg[1] & ~(128U | 256U);

	if (!census_in_futex(c, t) ||
		(op != OP_WAIT && op != OP_WAIT_BITSET && op != OP_LOCK_PI && op != OP_LOCK_PI2 &&
			op != OP_WAIT_REQUEUE_PI))
		return false;
	*ret = t->arg[0];
	return true;
}

/* ---- circles ---- */

/* Who must go on before t can, when t can't go on by itself; NULL. */
static const struct census_task *held_up_by(const struct census *c, const struct census_task *t)
{
	const struct census_lock *l = &t->lock;

	if (l->kind != WAIT_MUTEX && l->kind != WAIT_PI && l->kind != WAIT_WRITTEN && l->kind != WAIT_JOIN)
		return NULL;
	return l->steady && !l->timed ? census_owner(c, t) : NULL;
}

static void report(const struct census *c, size_t first, census_cycle *cycle, void *ctx)
{
	const struct census_task *member[64], *start = &c->task[first], *t = start;
	size_t n = 0;

	do {
		if (n < ARRAY_SIZE(member))
			member[n++] = t;
		t = held_up_by(c, t);
	} while (t != start);
	cycle(ctx, member, n);
}

int census_deadlocks(const struct census *c, census_cycle *cycle, void *ctx)
{
	size_t *seen = c->n ? calloc(c->n, sizeof(*seen)) : NULL; /* in which walk, from 1 */

	if (!seen)
		return c->n ? -ENOMEM : 0;
	for (size_t i = 0; i < c->n; i++) {
		size_t at = i;
		const struct census_task *next = &c->task[i];
		while (next && !seen[at]) {
			seen[at] = i + 1;
			next = held_up_by(c, next);
			at = next ? (size_t)(next - c->task) : at;
		}
		if (next && seen[at] == i + 1) /* back to where this walk has been */
			report(c, at, cycle, ctx);
	}
	free(seen);
	return 0;
}

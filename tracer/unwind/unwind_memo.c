/* SPDX-License-Identifier: MIT */
#include "unwind/unwind_memo.h"

#include <stdlib.h>
#include <string.h>

#define SETS 64
#define WAYS 4
/* Stretches of stack that are read again: a Go program's backtrace spans two stacks. */
#define STRETCHES     3
#define STRETCH_BYTES 16384
/* Places that are recognised on another stack, too; and how far below sp what a walk reads may lie (the red zone). */
#define MOVABLE  8
#define BELOW_SP 128
/* As far above sp a frame pointer may be one of the same stack. */
#define REACH (1U << 20)

struct stretch {
	taddr low, high;
	size_t first, n; /* its slots */
};

struct entry {
	struct memo_key key;
	bool fp_matters;
	bool movable; /* recognised on another stack, too */
	struct stretch stretch[STRETCHES];
	size_t n_stretches;
	struct memo_slot *slot;
	struct frame *frame;
	size_t n_frames;
	const char *stopped;
	uint64_t used;
	uint32_t look;
};

struct memo {
	uint64_t cleared;              /* entries used at or before this clock are void */
	struct entry *set[SETS];       /* of WAYS entries; NULL: nothing was kept there yet */
	struct entry movable[MOVABLE]; /* the one that was recognised last first */
	uint64_t clock;
	uint8_t buf[STRETCH_BYTES];
};

struct memo *memo_new(void)
{
	return calloc(1, sizeof(struct memo));
}

static void forget(struct entry *e)
{
	free(e->slot);
	free(e->frame);
	*e = (struct entry){ 0 };
}

void memo_clear(struct memo *m)
{
	m->cleared = m->clock;
}

void memo_free(struct memo *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < SETS; i++) {
		for (size_t j = 0; m->set[i] && j < WAYS; j++)
			forget(&m->set[i][j]);
		free(m->set[i]);
	}
	for (size_t i = 0; i < MOVABLE; i++)
		forget(&m->movable[i]);
	free(m);
}

void memo_trail_begin(struct memo_trail *t)
{
	t->n = 0;
	t->usable = true;
	t->fp_matters = false;
}

void memo_trail_add(struct memo_trail *t, taddr at, uint64_t word, bool fp)
{
	if (at == 0 || t->n == MEMO_SLOTS)
		t->usable = false;
	else
		t->slot[t->n++] = (struct memo_slot){ at, word, fp };
}

static size_t set_of(const struct memo_key *k)
{
	uint64_t h = (k->pc * 31 + (k->sp >> 4) * 17 + k->generation) * 0x9e3779b97f4a7c15U;

	return h >> 58;
}

/* A frame pointer of this stack, which moves with it; or one that ends a chain, or no stack's: that does not. */
static bool moves(taddr fp, taddr sp)
{
	return fp >= sp && fp - sp < REACH;
}

/* How far the key's stack is from that of the entry. */
static taddr moved_by(const struct entry *e, const struct memo_key *key)
{
	return key->sp - e->key.sp;
}

/* Could it be this place? */
static bool usable(const struct memo *m, const struct entry *e, const struct memo_key *key)
{
	taddr fp = e->key.fp + (moves(e->key.fp, e->key.sp) ? moved_by(e, key) : 0);

	return e->used > m->cleared && e->n_frames && e->key.generation == key->generation && e->key.pc == key->pc &&
		(e->movable || !moved_by(e, key)) && (!e->fp_matters || key->fp == fp);
}

static const struct entry *first_usable(
	const struct memo *m, const struct entry *all, size_t n, const struct memo_key *key)
{
	for (size_t i = 0; i < n; i++)
		if (usable(m, &all[i], key))
			return &all[i];
	return NULL;
}

bool memo_expects(const struct memo *m, const struct memo_key *key, struct mem_range *ret)
{
	const struct entry *set = m->set[set_of(key)], *e = set ? first_usable(m, set, WAYS, key) : NULL;

	if (!e)
		e = first_usable(m, m->movable, MOVABLE, key);
	if (e)
		*ret = (struct mem_range){ e->stretch[0].low + moved_by(e, key),
			e->stretch[0].high - e->stretch[0].low };
	return e != NULL;
}

/* by: how far the stack is from the one that it was. */
static bool same_words(const struct entry *e, const struct stretch *s, const uint8_t *bytes, taddr by)
{
	for (size_t i = s->first; i < s->first + s->n; i++) {
		bool moved = e->slot[i].fp && moves(e->slot[i].word, e->key.sp);
		uint64_t word = e->slot[i].word + (moved ? by : 0);
		if (memcmp(bytes + (e->slot[i].at - s->low), &word, 8) != 0)
			return false;
	}
	return true;
}

static bool holds(
	struct memo *m, const struct entry *e, const struct memo_key *key, const struct kernel *door, pid_t tid)
{
	taddr by = moved_by(e, key);

	for (size_t i = 0; i < e->n_stretches; i++) {
		const struct stretch *s = &e->stretch[i];
		size_t n = s->high - s->low;
		if (door->read_mem(door->ctx, tid, s->low + by, m->buf, n) != (ssize_t)n ||
			!same_words(e, s, m->buf, by))
			return false;
	}
	return true;
}

/* The next one is most likely the same: it shall be tried first. */
static struct entry *bring_to_front(struct entry *all, size_t i)
{
	struct entry front = all[0];

	if (i > 0) {
		all[0] = all[i];
		all[i] = front;
	}
	return &all[0];
}

/* Whichever of n entries this place is; NULL. It comes to the front. */
static struct entry *find(
	struct memo *m, struct entry *all, size_t n, const struct memo_key *key, const struct kernel *door, pid_t tid)
{
	for (size_t i = 0; i < n; i++)
		if (usable(m, &all[i], key) && holds(m, &all[i], key, door, tid))
			return bring_to_front(all, i);
	return NULL;
}

bool memo_recall(struct memo *m, const struct memo_key *key, const struct kernel *door, pid_t tid,
	struct backtrace *ret, uint32_t **ret_look)
{
	struct entry *set = m->set[set_of(key)], *e = set ? find(m, set, WAYS, key, door, tid) : NULL;

	if (!e)
		e = find(m, m->movable, MOVABLE, key, door, tid);
	if (!e)
		return false;
	memcpy(ret->frame, e->frame, e->n_frames * sizeof(*e->frame));
	ret->n = e->n_frames;
	ret->stopped = e->stopped;
	e->used = ++m->clock;
	*ret_look = &e->look;
	return true;
}

/* Cuts the trail into stretches; false when there are too many. */
static bool stretches(struct entry *e, const struct memo_trail *t)
{
	for (size_t i = 0; i < t->n; i++) {
		taddr at = t->slot[i].at;
		struct stretch *s = e->n_stretches ? &e->stretch[e->n_stretches - 1] : NULL;
		taddr low = s && at > s->low ? s->low : at, high = s && at + 8 < s->high ? s->high : at + 8;
		if (s && high - low <= STRETCH_BYTES) {
			s->low = low;
			s->high = high;
			s->n++;
			continue;
		}
		if (e->n_stretches == STRETCHES)
			return false;
		e->stretch[e->n_stretches++] = (struct stretch){ at, at + 8, i, 1 };
	}
	return true;
}

/* All that was read lies on one stack, from sp on; and no signal's frame says where to go on, by its own words. */
static bool is_movable(const struct entry *e, const struct backtrace *bt)
{
	if (e->n_stretches != 1 || e->stretch[0].low + BELOW_SP < e->key.sp)
		return false;
	for (size_t i = 0; i < bt->n; i++)
		if (bt->frame[i].signal)
			return false;
	return true;
}

/* A copy, with its slots and frames, in the place of the one of n entries that was not used for the longest time. */
static void put(
	struct entry *all, size_t n, struct entry copy, const struct memo_trail *trail, const struct backtrace *bt)
{
	struct entry *e = &all[0];

	copy.slot = calloc(trail->n, sizeof(*copy.slot));
	copy.frame = calloc(bt->n, sizeof(*copy.frame));
	if (!copy.slot || !copy.frame) {
		forget(&copy);
		return;
	}
	memcpy(copy.slot, trail->slot, trail->n * sizeof(*copy.slot));
	memcpy(copy.frame, bt->frame, bt->n * sizeof(*copy.frame));
	for (size_t i = 1; i < n; i++)
		if (all[i].used < e->used)
			e = &all[i];
	forget(e);
	*e = copy;
}

void memo_keep(struct memo *m, const struct memo_key *key, const struct memo_trail *trail, const struct backtrace *bt)
{
	struct entry **set = &m->set[set_of(key)];
	struct entry e = { .key = *key, .fp_matters = trail->fp_matters, .n_frames = bt->n, .stopped = bt->stopped };

	if (!trail->usable || !trail->n || !bt->n || !stretches(&e, trail))
		return;
	e.movable = is_movable(&e, bt);
	e.used = ++m->clock;
	if (!*set)
		*set = calloc(WAYS, sizeof(**set));
	if (*set)
		put(*set, WAYS, e, trail, bt);
	if (e.movable)
		put(m->movable, MOVABLE, e, trail, bt);
}

/* SPDX-License-Identifier: MIT */
#include "unwind/unwind_memo.h"

#include <stdlib.h>
#include <string.h>

#define SETS 64
#define WAYS 4
/* Stretches of stack that are read again: a Go program's backtrace spans two stacks. */
#define STRETCHES     3
#define STRETCH_BYTES 16384

struct stretch {
	taddr low, high;
	size_t first, n; /* its slots */
};

struct entry {
	struct memo_key key;
	bool fp_matters;
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
	uint64_t cleared;        /* entries used at or before this clock are void */
	struct entry *set[SETS]; /* of WAYS entries; NULL: nothing was kept there yet */
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
	free(m);
}

void memo_trail_begin(struct memo_trail *t)
{
	t->n = 0;
	t->usable = true;
	t->fp_matters = false;
}

void memo_trail_add(struct memo_trail *t, taddr at, uint64_t word)
{
	if (at == 0 || t->n == MEMO_SLOTS)
		t->usable = false;
	else
		t->slot[t->n++] = (struct memo_slot){ at, word };
}

static size_t set_of(const struct memo_key *k)
{
	uint64_t h = (k->pc * 31 + (k->sp >> 4) * 17 + k->generation) * 0x9e3779b97f4a7c15U;

	return h >> 58;
}

static bool same_key(const struct entry *e, const struct memo_key *k)
{
	return e->key.generation == k->generation && e->key.pc == k->pc && e->key.sp == k->sp &&
		(!e->fp_matters || e->key.fp == k->fp);
}

static bool usable(const struct memo *m, const struct entry *e, const struct memo_key *key)
{
	return e->used > m->cleared && e->n_frames && same_key(e, key);
}

bool memo_expects(const struct memo *m, const struct memo_key *key, struct mem_range *ret)
{
	const struct entry *set = m->set[set_of(key)];

	for (size_t i = 0; set && i < WAYS; i++) {
		if (!usable(m, &set[i], key))
			continue;
		*ret = (struct mem_range){ set[i].stretch[0].low, set[i].stretch[0].high - set[i].stretch[0].low };
		return true;
	}
	return false;
}

static bool same_words(const struct entry *e, const struct stretch *s, const uint8_t *bytes)
{
	for (size_t i = s->first; i < s->first + s->n; i++)
		if (memcmp(bytes + (e->slot[i].at - s->low), &e->slot[i].word, 8) != 0)
			return false;
	return true;
}

static bool holds(struct memo *m, const struct entry *e, const struct kernel *door, pid_t tid)
{
	for (size_t i = 0; i < e->n_stretches; i++) {
		const struct stretch *s = &e->stretch[i];
		size_t n = s->high - s->low;
		if (door->read_mem(door->ctx, tid, s->low, m->buf, n) != (ssize_t)n || !same_words(e, s, m->buf))
			return false;
	}
	return true;
}

bool memo_recall(struct memo *m, const struct memo_key *key, const struct kernel *door, pid_t tid,
	struct backtrace *ret, uint32_t **ret_look)
{
	struct entry *set = m->set[set_of(key)];

	for (size_t i = 0; set && i < WAYS; i++) {
		struct entry *e = &set[i];
		if (!usable(m, e, key) || !holds(m, e, door, tid))
			continue;
		memcpy(ret->frame, e->frame, e->n_frames * sizeof(*e->frame));
		ret->n = e->n_frames;
		ret->stopped = e->stopped;
		e->used = ++m->clock;
		/* The next one is most likely the same: it shall be tried first. */
		if (i > 0) {
			struct entry front = set[0];
			set[0] = *e;
			*e = front;
		}
		*ret_look = &set[0].look;
		return true;
	}
	return false;
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

void memo_keep(struct memo *m, const struct memo_key *key, const struct memo_trail *trail, const struct backtrace *bt)
{
	struct entry **set = &m->set[set_of(key)], fresh = { .key = *key, .fp_matters = trail->fp_matters };

	if (!trail->usable || !trail->n || !bt->n || !stretches(&fresh, trail))
		return;
	if (!*set)
		*set = calloc(WAYS, sizeof(**set));
	fresh.slot = calloc(trail->n, sizeof(*fresh.slot));
	fresh.frame = calloc(bt->n, sizeof(*fresh.frame));
	if (!*set || !fresh.slot || !fresh.frame) {
		forget(&fresh);
		return;
	}
	memcpy(fresh.slot, trail->slot, trail->n * sizeof(*fresh.slot));
	memcpy(fresh.frame, bt->frame, bt->n * sizeof(*fresh.frame));
	fresh.n_frames = bt->n;
	fresh.stopped = bt->stopped;
	fresh.used = ++m->clock;
	struct entry *e = &(*set)[0];
	for (size_t i = 1; i < WAYS; i++)
		if ((*set)[i].used < e->used)
			e = &(*set)[i];
	forget(e);
	*e = fresh;
}

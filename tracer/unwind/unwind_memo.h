/* SPDX-License-Identifier: MIT */
/*
 * Backtraces of before, to be recognised: at the same pc and sp, with the same words in every slot that a return
 * address was taken from, or a frame pointer that a step was taken by, a walk would find the same again. So it would on
 * another stack, where all of that lies as far from sp and the frame pointers point as far from it: of thousands of
 * threads that each make one, all are recognised by what was found for the first.
 */
#ifndef TRACER_UNWIND_MEMO_H
#define TRACER_UNWIND_MEMO_H

#include <thrtrace/backtrace.h>
#include <thrtrace/base.h>

#include "kernel/kernel.h"

struct memo;

struct memo_key {
	uint64_t generation; /* of the space */
	taddr pc, sp, fp;
};

/* The slots that a walk has used, in its order. */
#define MEMO_SLOTS (2 * BACKTRACE_MAX)
struct memo_trail {
	struct memo_slot {
		taddr at;
		uint64_t word;
		bool fp; /* word is a frame pointer */
	} slot[MEMO_SLOTS];
	size_t n;
	bool usable;
	bool fp_matters; /* a step was taken by the frame pointer that the walk began with */
};

struct memo *memo_new(void);
void memo_free(struct memo *m);
void memo_clear(struct memo *m);

void memo_trail_begin(struct memo_trail *t);
/* at 0: the word did not come from memory, so the walk can't be recognised. */
void memo_trail_add(struct memo_trail *t, taddr at, uint64_t word, bool fp);

/* The memory that memo_recall will read for this key, or most of it; false when it knows none. */
bool memo_expects(const struct memo *m, const struct memo_key *key, struct mem_range *ret);
/* *ret_look: the caller's own note of when it last saw to what lies behind the frames; 0 after memo_keep. */
bool memo_recall(struct memo *m, const struct memo_key *key, const struct kernel *door, pid_t tid,
	struct backtrace *ret, uint32_t **ret_look);
void memo_keep(struct memo *m, const struct memo_key *key, const struct memo_trail *trail, const struct backtrace *bt);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What the files of the model share: its records, and what each kind of event does to them. Internal to decode/model/.
 *
 * model.c keeps the records and their indexes, model_birth.c adds to them, model_calls.c follows what calls change, and
 * model_apply.c hands each event to its place and lets go of what has ended.
 */
#ifndef DECODE_MODEL_IMPL_H
#define DECODE_MODEL_IMPL_H

#include <thrtrace/model.h>

#include "model/areas.h"

#define SHAPES 32

/* A kind of thread that has been explained once: later ones are "like T1". */
struct shape {
	uint64_t flags, exit_signal, stack_bytes, guard_bytes;
	enum clone_via via;
	enum stack_kind stack;
	enum guard_kind guard;
	uint32_t label;
	bool used;
};

struct space {
	uint32_t refs; /* groups in it: CLONE_VM without CLONE_THREAD makes more than one */
	enum libc_kind libc;
	struct areas areas;
	struct task *by_clear; /* live tasks by the word that their end clears, or that their joiner waits on */
	struct task *by_altstack;
};

struct model {
	struct task *by_serial;
	struct task *by_tid, *dead_by_tid;
	struct group *groups;
	struct task *dead_first, *dead_last;
	size_t n_dead, keep_dead;
	uint32_t last_serial;
	bool unsorted;   /* some tasks were told of out of order: by_serial is to be sorted before anybody lists it */
	bool sees_maps;  /* every mmap and munmap is told, not only those that look like a stack's */
	bool lacks_ends; /* who lives is not known for sure */
	uint64_t page;   /* bytes of one */
	struct role_memo role_memo;
	struct model_counts counts;
	struct creation *creations;
	struct shape shape[SHAPES];
	unsigned next_shape;
};

/* A task that others have to look at: the model has made it, and writes it here alone. */
static inline struct task *own(const struct task *t)
{
	return (struct task *)(uintptr_t)t;
}

/* Whose joins are no business of the program's. */
static inline bool is_kept_by_runtime(const struct task *t)
{
	return t->role && (t->role->ends == ROLE_KEPT || t->role->ends == ROLE_STAYS || t->role->ends == ROLE_USED);
}

/* ---- model.c ---- */

/* A space with one group in it; NULL when out of memory. */
struct space *space_new(enum libc_kind libc);
/* One group less is in it; the last one frees it. */
void space_put(struct space *s);
void group_free(struct model *m, struct group *g);
/* Indexes t by the word whose wake-up ends a join of it, as that word is now. */
void hash_clear(struct task *t);
void unhash_clear(struct task *t);
/* Indexes t by its alternate stack; 0: it has none any more. */
void hash_altstack(struct task *t, taddr altstack);

/* ---- what an event does: 0 or -ENOMEM ---- */

/* What t is for, with its name as it is now. */
void find_role(struct task *t);
int apply_birth(struct model *m, struct event *ev);
int apply_call(struct model *m, struct event *ev);
void apply_call_begin(struct event *ev);
void apply_join(struct event *ev);
void apply_noted(struct event *ev);
/* One more of them. */
static inline void few_add(struct few_tasks *few, const struct task *t)
{
	if (few->n < FEW_TASKS)
		few->label[few->n] = t->label;
	few->n++;
}

/* t's stack has been used down to there. */
void apply_touched(struct task *t, const struct touched *touched);

#endif

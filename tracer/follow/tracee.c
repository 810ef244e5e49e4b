/* SPDX-License-Identifier: MIT */
#include "follow/tracee.h"

#include <stdlib.h>

#include <utlist.h>

struct tracee *tracee_find(const struct tracees *all, pid_t tid)
{
	struct tracee *t;

	HASH_FIND(hh, all->by_tid, &tid, sizeof(tid), t);
	return t;
}

static bool is_early(enum tracee_state state)
{
	return state == TR_EARLY || state == TR_EARLY_EXITING || state == TR_EARLY_DEAD;
}

bool tracee_is_early(const struct tracee *t)
{
	return is_early(t->state);
}

struct tracee *tracee_new(struct tracees *all, pid_t tid, enum tracee_state state)
{
	struct tracee *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->tid = tid;
	t->state = state;
	HASH_ADD(hh, all->by_tid, tid, sizeof(t->tid), t);
	if (!t->hh.tbl) { /* HASH_NONFATAL_OOM */
		free(t);
		return NULL;
	}
	if (is_early(state))
		DL_APPEND2(all->early, t, early_prev, early_next);
	return t;
}

void tracee_drop_held(struct tracee *t)
{
	for (unsigned i = 0; t->held && i < HELD_CALLS; i++)
		free(t->held[i].why);
	free(t->held);
	t->held = NULL;
	t->n_held = 0;
}

void tracee_free(struct tracees *all, struct tracee *t)
{
	if (!t)
		return;
	tracee_leave_call(all, t);
	tracee_hold(all, t, 0, 0);
	if (is_early(t->state))
		DL_DELETE2(all->early, t, early_prev, early_next);
	HASH_DELETE(hh, all->by_tid, t);
	tracee_drop_held(t);
	free(t->argv);
	free(t);
}

void tracee_free_all(struct tracees *all)
{
	struct tracee *t, *next;

	HASH_ITER (hh, all->by_tid, t, next)
		tracee_free(all, t);
}

void tracee_set_state(struct tracees *all, struct tracee *t, enum tracee_state state)
{
	if (is_early(state) && !is_early(t->state))
		DL_APPEND2(all->early, t, early_prev, early_next);
	else if (!is_early(state) && is_early(t->state))
		DL_DELETE2(all->early, t, early_prev, early_next);
	t->state = state;
}

void tracee_hold(struct tracees *all, struct tracee *t, pid_t child, uint64_t t_ns)
{
	if (child && !t->holds_for)
		DL_APPEND2(all->holding, t, holding_prev, holding_next);
	else if (!child && t->holds_for)
		DL_DELETE2(all->holding, t, holding_prev, holding_next);
	t->holds_for = child;
	t->t_hold_ns = t_ns;
}

void tracee_rename(struct tracees *all, struct tracee *t, pid_t new_tid)
{
	HASH_DELETE(hh, all->by_tid, t);
	t->tid = new_tid;
	HASH_ADD(hh, all->by_tid, tid, sizeof(t->tid), t);
}

/* +1 or -1 to the counters that the call belongs to. */
static void count(struct tracees *all, const struct call *call, size_t by)
{
	const struct call_row *row = call_row(call->id);

	if (row && (row->traits & CALL_CREATES))
		all->n_creating += by;
	if (row && (row->traits & CALL_EXECS))
		all->n_execs += by;
}

void tracee_enter_call(struct tracees *all, struct tracee *t, const struct call *call, uint64_t t_ns)
{
	tracee_leave_call(all, t);
	t->call = *call;
	t->t_call_ns = t_ns;
	t->in_call = true;
	t->begun = t->injected = false;
	t->return_skipped = false;
	count(all, call, 1);
	if (call->id == CALL_execve || call->id == CALL_execveat)
		all->exec_tid = t->tid;
}

void tracee_leave_call(struct tracees *all, struct tracee *t)
{
	if (!t->in_call)
		return;
	t->in_call = t->return_skipped = false;
	free(t->argv);
	t->argv = NULL;
	count(all, &t->call, (size_t)-1);
}

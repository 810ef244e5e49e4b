/* SPDX-License-Identifier: MIT */
#include "follow/attach_meanwhile.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "follow/handlers_impl.h"

/* So many reports at a time, before the next threads are seized. */
#define SERVED_MAX 64
/* How long a thread's first stop is waited for whose creator has told of it, with nothing else coming; how often. */
#define NEWBORN_NS    1000000U
#define NEWBORN_WAITS 20

static void set_newborn(struct run *r, struct tracee *t, bool newborn)
{
	if (t->newborn == newborn)
		return;
	t->newborn = newborn;
	if (newborn)
		r->attach->newborns++;
	else
		r->attach->newborns--;
}

/*
 * The thread that t, in its event stop, has made. False: that is a process, or t was killed and its message is another
 * one's.
 */
static bool take_newborn(struct run *r, struct tracee *t)
{
	uint64_t tid;

	if (r->k->event_msg(r->k->ctx, t->tid, &tid))
		return false;
	if (attached_meets(r->attach, (pid_t)tid))
		return true;
	if (r->attach->settles || r->k->in_group(r->k->ctx, t->tgid, (pid_t)tid) != 1)
		return false;
	struct attached_process *p = attached_process_of(r, t->tgid);
	struct tracee *child = tracee_find(&r->tracees, (pid_t)tid);
	if (!p)
		return false;
	if (!child) {
		if (attached_add(r, p, (pid_t)tid, TR_ATTACHED))
			return false;
		set_newborn(r, tracee_find(&r->tracees, (pid_t)tid), true);
		return true;
	}
	if (child->state != TR_EARLY)
		return child->state == TR_ATTACHED;
	if (child->first_sig) /* it rests in a group-stop, which is to be told */
		return false;
	tracee_set_state(&r->tracees, child, TR_ATTACHED);
	if (attached_take(r, p, child))
		run_fail(r, -ENOMEM);
	handle_unhold(r, child);
	return true;
}

/* ---- while they are seized ---- */

static void put_off(struct run *r, const struct kstatus *ks)
{
	struct attach *a = r->attach;
	struct kstatus *grown = realloc(a->later, (a->n_later + 1) * sizeof(*grown));

	if (!grown) {
		run_fail(r, -ENOMEM);
		return;
	}
	a->later = grown;
	grown[a->n_later++] = *ks;
}

/* A report of a task must not overtake one before. */
static bool is_put_off(const struct attach *a, pid_t tid)
{
	for (size_t i = 0; i < a->n_later; i++)
		if (a->later[i].tid == tid)
			return true;
	return false;
}

static struct tracee *take_stranger(struct run *r, const struct stop *st)
{
	struct attached_process *p = st->kind == STOP_TRAP ? attached_process_with(r, st->tid) : NULL;

	if (!p || r->attach->settles || attached_add_stranger(r->attach, st->tid) ||
		attached_add(r, p, st->tid, TR_ATTACHED))
		return NULL;
	return tracee_find(&r->tracees, st->tid);
}

static void go_on(struct run *r, struct tracee *t)
{
	struct resume res = handle_go(r, t);
	int err = r->k->resume(r->k->ctx, t->tid, res.op, 0);

	if (res.op == RESUME_DETACH && err != -ESRCH) /* -ESRCH: it was killed, and will tell so */
		attached_gone(r, t, true);
}

/* False: that has to wait. The first thread stands for its process, and is told of. */
static bool serve(struct run *r, const struct stop *st)
{
	struct tracee *t = tracee_find(&r->tracees, st->tid);

	if (!t) {
		t = take_stranger(r, st);
		if (!t)
			return false;
	} else if (t->state != TR_ATTACHED) {
		return false;
	} else if (st->kind == STOP_CLONE) {
		if (!take_newborn(r, t))
			return false;
	} else if (st->kind == STOP_TRAP) {
		set_newborn(r, t, false);
	} else if (st->kind == STOP_EXIT && t->tid != t->tgid) {
		t->detach = true;
	} else if (handle_is_gone(st) && t->tid != t->tgid) {
		set_newborn(r, t, false);
		attached_gone(r, t, false);
		return true;
	} else {
		return false;
	}
	go_on(r, t);
	return true;
}

static bool serve_next(struct run *r, uint64_t timeout_ns)
{
	struct kstatus ks;
	struct stop st;

	if (r->k->wait(r->k->ctx, &ks, timeout_ns) != 1)
		return false;
	(void)!stop_classify(ks.tid, ks.wstatus, telling_time(&r->tell, ks.t_ns), &st);
	if (is_put_off(r->attach, ks.tid) || !serve(r, &st))
		put_off(r, &ks);
	return true;
}

void attach_serve(struct run *r)
{
	if (!attached_many_pending(r))
		return;
	for (unsigned n = 0; n < SERVED_MAX && serve_next(r, 0); n++)
		;
}

/* A first thread's end was put off: its process is gone. */
static bool some_ended(const struct attach *a)
{
	for (size_t i = 0; i < a->n_later; i++)
		if (!WIFSTOPPED(a->later[i].wstatus))
			return true;
	return false;
}

/*
 * A record has no word for those of whom one side has not shown up by then. A newborn is as those that were seized; the
 * creator of a stranger must not be held for him.
 */
static void forget_unmet(struct run *r)
{
	struct attach *a = r->attach;

	for (size_t i = 0; (a->newborns || a->strangers) && i < a->n; i++) {
		struct tracee *t = tracee_find(&r->tracees, a->queue[i]);
		if (t)
			set_newborn(r, t, false);
		if (t && attached_meets(a, t->tid))
			t->adopted = true;
	}
}

void attach_served(struct run *r)
{
	struct attach *a = r->attach;

	a->settles = true;
	for (unsigned waits = 0; waits < NEWBORN_WAITS && (a->newborns || a->strangers) && !some_ended(a);)
		waits += !serve_next(r, NEWBORN_NS);
	a->settles = false;
	forget_unmet(r);
	for (size_t i = 0; i < a->n_later; i++)
		run_fail(r, r->k->put_back(r->k->ctx, &a->later[i]));
	a->n_later = 0;
}

/* ---- while they are told of ---- */

bool attach_passes(struct run *r, struct tracee *t, const struct stop *st, struct resume *ret)
{
	if (!attached_many_pending(r))
		return false;
	if (st->kind == STOP_TRAP && t->newborn)
		set_newborn(r, t, false);
	else if (st->kind != STOP_CLONE || !take_newborn(r, t))
		return false;
	*ret = handle_go(r, t);
	return true;
}

bool attach_was_newborn(struct run *r, struct tracee *t)
{
	bool was = t->newborn;

	set_newborn(r, t, false);
	return was;
}

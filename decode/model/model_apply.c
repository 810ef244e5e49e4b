/* SPDX-License-Identifier: MIT */
/* Each event's way into the model, and what execve and an end leave of the records. */
#include "model/model_impl.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <thrtrace/page.h>

static int apply_exec(struct model *m, struct event *ev)
{
	struct ev_exec *x = &ev->u.exec;
	struct task *t = own(ev->task);
	struct space *fresh = space_new(x->libc_kind);

	if (!fresh)
		return -ENOMEM;
	/*
	 * Other tasks of this process that are still on record have no word in the new space; and a hash must not
	 * outlive its members.
	 */
	struct task *o, *next;
	HASH_ITER (hh_clear, t->group->space->by_clear, o, next)
		if (o->group == t->group)
			unhash_clear(o);
	HASH_ITER (hh_alt, t->group->space->by_altstack, o, next)
		if (o->group == t->group)
			hash_altstack(o, 0);
	space_put(t->group->space);
	t->group->space = fresh;
	t->group->exec_done = true;
	x->ended = t->group->ended_by_exec;
	t->group->ended_by_exec = t->left_behind = (struct few_tasks){ .n = 0 };
	t->group->started = false;
	t->group->total = t->group->live;
	t->thread = false;
	if (t->id.tid != t->tgid) { /* the caller's tid becomes the leader's: execve(2), "multithreaded process" */
		HASH_DELETE(hh_tid, m->by_tid, t);
		t->id.tid = t->tgid;
		HASH_ADD(hh_tid, m->by_tid, id.tid, sizeof(t->id.tid), t);
	}
	if (x->comm) {
		strncpy(t->comm, x->comm, sizeof(t->comm) - 1);
		t->named = false;
	}
	t->clear_tid = t->robust_head = t->rseq = t->tls = 0;
	t->robust_set = t->tls_known = false;
	t->start_in = NULL;
	t->roles = (struct role_maybe){ .row = { 0 } };
	t->role = NULL;
	t->stack = (struct stack_area){
		.kind = STACK_MAIN,
		.low = x->stack_low,
		.high = x->stack_high,
		.guard = GUARD_KERNEL,
		.source = "[stack] and RLIMIT_STACK",
	};
	return 0;
}

static void forget_eldest(struct model *m)
{
	struct task *t = m->dead_first;

	m->dead_first = t->next_dead;
	if (!m->dead_first)
		m->dead_last = NULL;
	m->n_dead--;
	if (model_dead_by_tid(m, t->id.tid) == t)
		HASH_DELETE(hh_tid, m->dead_by_tid, t);
	HASH_DEL(m->by_serial, t);
	free(t);
}

static void bury(struct model *m, struct task *t)
{
	struct group *g = t->group;
	struct task *former;

	unhash_clear(t);
	hash_altstack(t, 0);
	if (model_by_tid(m, t->id.tid) == t)
		HASH_DELETE(hh_tid, m->by_tid, t);
	HASH_REPLACE(hh_tid, m->dead_by_tid, id.tid, sizeof(t->id.tid), t, former);
	(void)former;
	t->group = NULL;
	if (g && --g->live == 0)
		group_free(m, g);
	if (m->dead_last)
		m->dead_last->next_dead = t;
	else
		m->dead_first = t;
	m->dead_last = t;
	m->n_dead++;
}

/* pthread_setname_np of another thread writes /proc/PID/task/TID/comm: no call of the task's own tells of it. */
static void apply_last_name(struct task *t, struct ev_end *e)
{
	e->renamed = e->comm_known && strncmp(t->comm, e->comm, sizeof(t->comm)) != 0;
	if (e->renamed)
		memcpy(t->comm, e->comm, sizeof(t->comm));
	find_role(t);
}

/*
 * How long threads live that were made there (those that were ended from without tell nothing of it), and how they end.
 * Some runtimes make their guards themselves, once the thread runs: until its end one may come.
 */
static void count_life(struct creation *c, const struct task *t)
{
	if (t->thread && t->end.how == END_EXIT && task_ended_ns(t) >= t->t_born_ns) {
		c->exited++;
		c->lived_ns += task_ended_ns(t) - t->t_born_ns;
	}
	if (t->end.how == END_EXIT_GROUP && t->end.by_other && !is_kept_by_runtime(t)) {
		c->alive_at_exit += t->noted == JOIN_OPEN;
		c->alive_at_least |= t->noted == JOIN_NOT_KNOWN && !t->end.exit_stop_seen;
	}
	if (t->thread && t->end.how != END_DETACHED && t->stack.guard == GUARD_NONE &&
		(t->stack.kind == STACK_OWN_MAPPING || t->stack.kind == STACK_CACHED))
		c->unguarded++;
}

static void apply_end(struct model *m, struct event *ev)
{
	struct task *t = own(ev->task);

	apply_last_name(t, &ev->u.end);
	apply_touched(t, &ev->u.end.touched);
	t->end = ev->u.end;
	t->end.by = NULL;
	if (t->noted == JOIN_NOT_KNOWN)
		t->noted = ev->u.end.noted;
	t->end_by_label = ev->u.end.by ? ev->u.end.by->label + 1 : 0;
	t->life = TASK_DEAD;
	t->t_end_ns = ev->t_ns;
	if (ev->u.end.t_exit_ns)
		t->t_exit_ns = ev->u.end.t_exit_ns;
	if (t->creation) {
		t->creation->live--;
		count_life(t->creation, t);
	}
	if (t->end.how == END_EXEC && t->group)
		few_add(&t->group->ended_by_exec, t);
	m->counts.ends++;
	m->counts.left += t->end.how == END_DETACHED;
	m->counts.live--;
	bury(m, t);
}

/*
 * Forgets the eldest of the dead, down to keep_dead. The task whose end is being told is kept, and so is the one that
 * ended it, which may be long dead: it counts as the youngest from now on.
 */
static void forget_some(struct model *m, const struct event *ev)
{
	while (m->n_dead > m->keep_dead && m->dead_first != ev->task) {
		struct task *eldest = m->dead_first;
		if (eldest != ev->u.end.by) {
			forget_eldest(m);
			continue;
		}
		m->dead_first = eldest->next_dead;
		m->dead_last->next_dead = eldest;
		m->dead_last = eldest;
		eldest->next_dead = NULL;
	}
}

static bool stops(int sig)
{
	return sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
}

static void apply_stop(struct group *g, bool stopped)
{
	g->stopped = stopped;
	g->to_stop = false;
	g->went_on = !stopped;
}

static int by_serial(const struct task *a, const struct task *b)
{
	return a->id.serial < b->id.serial ? -1 : a->id.serial > b->id.serial;
}

/* Whoever lists all tasks does it after the last event. */
static void sort_tasks(struct model *m)
{
	if (m->unsorted)
		HASH_SRT(hh, m->by_serial, by_serial);
	m->unsorted = false;
}

static void apply_named(struct event *ev)
{
	struct task *t = own(ev->task);

	strncpy(t->comm, ev->u.named.comm, sizeof(t->comm) - 1);
	t->named = true;
	find_role(t);
	if (t->group)
		t->group->started = true;
}

int model_apply(struct model *m, struct event *ev)
{
	switch (ev->kind) {
	case EV_START:
		m->page = page_bytes_or_least(ev->u.start.page_bytes);
		m->sees_maps = ev->u.start.mode && strcmp(ev->u.start.mode, "all") == 0;
		return 0;
	case EV_BIRTH:
		return apply_birth(m, ev);
	case EV_CALL_BEGIN:
		apply_call_begin(ev);
		return 0;
	case EV_CALL:
		return apply_call(m, ev);
	case EV_EXEC:
		return apply_exec(m, ev);
	case EV_NAMED:
		apply_named(ev);
		return 0;
	case EV_JOIN:
		apply_join(ev);
		return 0;
	case EV_NOTED:
		apply_noted(ev);
		return 0;
	case EV_EXITING:
		own(ev->task)->t_exit_ns = ev->t_ns;
		hash_altstack(own(ev->task), 0);
		return 0;
	case EV_LEADER_EXIT:
		own(ev->task)->life = TASK_EXITING;
		return 0;
	case EV_STOPPED:
	case EV_CONTINUED:
		if (ev->task->group)
			apply_stop(ev->task->group, ev->kind == EV_STOPPED);
		return 0;
	case EV_SIGNAL:
		if (ev->task->group && stops(ev->u.signal.sig))
			ev->task->group->to_stop = true;
		return 0;
	case EV_END:
		apply_end(m, ev);
		forget_some(m, ev);
		return 0;
	case EV_SUMMARY:
		sort_tasks(m);
		return 0;
	case EV_ODDITY:
	case EV_LOST:
	case EV_KINDS:
		break;
	}
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Creation events and first stops, in whichever order they come: a task is born when both have been seen. */
#include <errno.h>
#include <string.h>

#include <utlist.h>

#include "follow/birth.h"
#include "follow/calls.h"
#include "creators/creators.h"
#include "follow/facts.h"
#include "follow/untraced.h"
#include "follow/handlers_impl.h"

/* ---- births ---- */

/* The call behind a creation event, when its entry was not stopped for: the registers still hold it. */
static void read_call_at_event(struct run *r, struct tracee *t, struct call *call)
{
	struct regs regs;
	const struct abi *abi;

	memset(call, 0, sizeof(*call));
	call->id = CALL_OTHER;
	if (facts_call(r, t->tid, &regs, &abi) == 0)
		facts_decode(r, t->tid, abi, regs.nr, regs.arg, call);
}

bool handle_is_creation(const struct call *call)
{
	const struct call_row *row = call_row(call->id);

	return row && (row->traits & CALL_CREATES);
}

static void fill_birth(
	struct run *r, struct tracee *t, struct tracee *child, const struct call *call, const struct stop *st)
{
	struct pending_birth *p = &child->birth;
	struct regs regs;
	const struct abi *abi;

	*p = (struct pending_birth){
		.known = true,
		.creator_tid = t->tid,
		.creator_tgid = t->tgid,
		.creator_serial = t->serial,
		.silent = t->silent || !t->serial,
		.t_call_ns = t->in_call ? t->t_call_ns : 0,
		.t_event_ns = st->t_ns,
		.defects = call->defects,
	};
	if (handle_is_creation(call))
		p->args = call->u.clone;
	else
		p->defects |= CALL_ARGS_UNREAD;
	if (!p->silent && facts_regs(r, t->tid, &regs, &abi) == 0) {
		p->creator_known = true;
		p->creator_sp = regs.sp;
		p->creator_tp = regs.tp_known ? regs.tp : 0;
	}
}

void handle_unhold(struct run *r, struct tracee *t)
{
	if (r->n_release < ARRAY_SIZE(r->release))
		r->release[r->n_release++] = t->tid;
}

/* Both sides have been seen: the task is born. */
void handle_give_birth(struct run *r, struct tracee *child, uint64_t first_ns, bool alive)
{
	struct tracee *creator = tracee_find(&r->tracees, child->birth.creator_tid);

	if (creator && creator->holds_for == child->tid) {
		tracee_hold(&r->tracees, creator, 0, 0);
		child->birth.creator_stopped = true;
	}
	birth_by_call(r, child, first_ns, alive);
}

/* The creator of an early child has spoken. */
static void meet_early(struct run *r, struct tracee *child)
{
	bool alive = child->state == TR_EARLY;

	child->birth.creator_stopped = true;
	handle_give_birth(r, child, child->t_first_ns, alive);
	birth_tell(r);
	if (alive) {
		tracee_set_state(&r->tracees, child, TR_RUNNING);
		handle_unhold(r, child);
	} else if (child->state == TR_EARLY_EXITING) {
		tracee_set_state(&r->tracees, child, TR_EXITING);
	} else {
		handle_end(r, child, child->end_wstatus, child->t_end_ns);
	}
}

/* A creator's event that comes after the child was given up waiting for it: the child is born and runs. */
static bool was_adopted(struct run *r, pid_t tid)
{
	struct tracee *child = tracee_find(&r->tracees, tid);
	bool adopted = child && child->adopted;

	if (adopted)
		child->adopted = false;
	return adopted;
}

/* The tracee of a child that its creator has just named: an early one, or a new one. NULL when out of memory. */
static struct tracee *named_child(struct run *r, pid_t tid)
{
	struct tracee *child = tracee_find(&r->tracees, tid);

	/*
	 * Still known by an earlier owner of the tid? Every owner's last report comes before the tid is free, but for a
	 * thread whose execve has just made it the leader: its exec event is on the way, and names this tid as its
	 * former.
	 */
	if (child && !tracee_is_early(child)) {
		tracee_rename(&r->tracees, child, -tid);
		child = NULL;
	}
	if (!child)
		child = tracee_new(&r->tracees, tid, TR_ANNOUNCED);
	if (!child)
		run_fail(r, -ENOMEM);
	return child;
}

struct resume handle_creation(struct run *r, struct tracee *t, const struct stop *st)
{
	struct call call;
	uint64_t msg;

	untraced_put_back(r, t, false);
	if (handle_event_message(r, t, st, &msg) || msg == 0)
		return handle_go(r, t);
	if (was_adopted(r, (pid_t)msg)) {
		call_created(r, t, (pid_t)msg, st->t_ns);
		return handle_go(r, t);
	}
	struct tracee *child = named_child(r, (pid_t)msg);
	if (!child)
		return handle_go(r, t);
	if (t->in_call && handle_is_creation(&t->call))
		call = t->call;
	else
		read_call_at_event(r, t, &call);
	fill_birth(r, t, child, &call, st);
	if (r->creators && !child->birth.silent)
		creators_expect(r->creators, (struct task_ids){ t->tid, t->tgid }, child->tid, &child->birth.args);
	call_created(r, t, child->tid, st->t_ns);
	if (child->state == TR_ANNOUNCED) {
		tracee_hold(&r->tracees, t, child->tid, st->t_ns);
		return hold;
	}
	meet_early(r, child);
	return handle_go(r, t);
}

/* CLONE_PTRACE|CLONE_UNTRACED: the child is attached, and no event tells of it. Its creator's result does. */
void handle_attached(struct run *r, struct tracee *t, const struct call *call, pid_t tid, const struct stop *st)
{
	struct tracee *child = was_adopted(r, tid) ? NULL : named_child(r, tid);

	if (!child)
		return;
	fill_birth(r, t, child, call, st);
	if (tracee_is_early(child))
		meet_early(r, child);
}

/* A child that was announced shows up, in whatever stop. */
void handle_first_stop(struct run *r, struct tracee *t, const struct stop *st)
{
	struct tracee *creator = tracee_find(&r->tracees, t->birth.creator_tid);
	bool held = creator && creator->holds_for == t->tid;

	handle_give_birth(r, t, st->t_ns, true);
	if (st->kind != STOP_TRAP) /* more is to be told of this stop; else the loop tells it once both go on */
		birth_tell(r);
	tracee_set_state(&r->tracees, t, TR_RUNNING);
	if (held)
		handle_unhold(r, creator);
}

void handle_adopt(struct run *r, struct tracee *t)
{
	birth_adopted(r, t, t->state == TR_EARLY);
	t->adopted = true;
	if (t->state == TR_EARLY) {
		tracee_set_state(&r->tracees, t, TR_RUNNING);
		handle_unhold(r, t);
	} else if (t->state == TR_EARLY_EXITING) {
		tracee_set_state(&r->tracees, t, TR_EXITING);
	} else {
		handle_end(r, t, t->end_wstatus, t->t_end_ns);
	}
}

bool adopt_early(struct run *r, uint64_t before)
{
	struct tracee *t;

	DL_FOREACH2 (r->tracees.early, t, early_next)
		if (t->t_first_ns <= before) {
			handle_adopt(r, t);
			return true;
		}
	return false;
}

void release_held(struct run *r, uint64_t before)
{
	struct tracee *t, *next;

	DL_FOREACH_SAFE2 (r->tracees.holding, t, next, holding_next)
		if (t->t_hold_ns <= before && r->n_release < ARRAY_SIZE(r->release)) {
			tracee_hold(&r->tracees, t, 0, 0);
			handle_unhold(r, t);
		}
}

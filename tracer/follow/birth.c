/* SPDX-License-Identifier: MIT */
#include "follow/birth.h"

#include <errno.h>
#include <linux/sched.h>
#include <string.h>

#include "follow/attach.h"
#include "follow/birth_facts.h"
#include "creators/creators.h"
#include "follow/facts.h"
#include "follow/postmortem.h"
#include "follow/unjoined.h"
#include "follow/waiting.h"
#include "creators/tls.h"

/* A task that will not be shown further: its life ends here as far as the trace is concerned. */
static void tell_left(struct run *r, const struct task *task)
{
	struct event ev = { .kind = EV_END, .task = task, .u.end = { .how = END_DETACHED } };

	run_tell(r, &ev, false);
}

/* Who called, and what the new task will run. creator: NULL when it has gone on already. */
static void read_code(struct run *r, struct newborn *n, const struct tracee *creator, bool alive)
{
	struct ev_birth *b = &n->ev.u.birth;

	n->bt.n = 0;
	if (r->creators && creator) {
		creators_backtrace(r->creators, (struct task_ids){ creator->tid, creator->tgid }, true, &n->bt);
		b->bt = &n->bt;
	}
	if (r->creators && alive && (b->args.flags & CLONE_VM) && call_clone_sp(&b->args)) {
		creators_start(r->creators, (struct task_ids){ n->child->tid, n->child->tgid }, &b->args,
			b->facts.tp_known ? b->facts.tp : call_clone_tls(&b->args), b->bt, &n->start);
		b->start = &n->start;
		uint64_t word;
		if (b->facts.tp_known && b->facts.tp && (b->args.flags & CLONE_SETTLS)) {
			const struct abi *abi = abi_native();
			if (abi && abi->tp_points_to_itself)
				b->tls_self = tls_self(
					r->k, n->child->tid, b->facts.tp, b->args.tls_desc ? 4 : 8, &word);
			b->tls = creators_tls(r->creators, (struct task_ids){ n->child->tid, n->child->tgid });
		}
	}
}

/* A task that is born and not followed: let go, or kept silently where a filter of ours is in it. */
static void leave(struct run *r, struct tracee *child, const struct task *task)
{
	child->silent = true;
	child->detach = !r->syscall_filter_child;
	child->serial = 0;
	if (r->creators && child->tgid == child->tid) /* nobody will ask about it again, and its end is not looked at */
		creators_gone(r->creators, child->tid);
	tell_left(r, task);
}

void birth_by_call(struct run *r, struct tracee *child, uint64_t st_ns, bool alive)
{
	struct pending_birth *p = &child->birth;
	struct tracee *creator = tracee_find(&r->tracees, p->creator_tid);

	struct birth_facts facts = {
		.creator_known = p->creator_known, .creator_sp = p->creator_sp, .creator_tp = p->creator_tp
	};

	child->silent = p->silent;
	if (alive && !p->silent)
		birth_facts_newborn(r, child, creator, p, &facts);
	child->tgid = p->args.flags & CLONE_THREAD ? p->creator_tgid : child->tid;
	if (p->silent)
		return;
	const struct task *made_by = model_by_serial(r->tell.model, p->creator_serial);
	const struct task *task = model_task_new(r->tell.model, child->tid, child->tgid, made_by);
	if (!task) {
		run_fail(r, -ENOMEM);
		return;
	}
	bool process = !(p->args.flags & CLONE_THREAD);
	struct newborn *n = &r->newborn;
	n->ev = (struct event){
		.kind = EV_BIRTH, .task = task, .t_ns = p->t_event_ns,
		.u.birth = {
			.kind = BIRTH_CALL, .args = p->args, .defects = p->defects, .creator = made_by,
			.followed = process ? r->asked.follow_forks : !(r->attach && r->attach->only_thread),
			.call_ns = p->t_call_ns ? p->t_event_ns - p->t_call_ns : 0,
			.first_ns = p->t_call_ns && st_ns > p->t_call_ns ? st_ns - p->t_call_ns : 0,
			.facts = facts,
		},
	};
	n->due = true;
	n->child = child;
	child->serial = task->id.serial;
	read_code(r, n, creator && p->creator_stopped ? creator : NULL, alive);
	if (!n->ev.u.birth.followed)
		birth_tell(r); /* its tracee ends with the detach */
}

/* At so many of its next stops it is looked whether the newborn has registered what C libraries do (calls.c). */
#define LOOKS 4

/* child, which the filter lets register things without a stop, has just been born. */
static void expect_registrations(const struct run *r, struct tracee *t, const struct call_clone *born)
{
	t->tries_left = LOOKS;
	if (r->asked.mode != MODE_FILTER || !r->asked.choice.by_rule)
		return;
	t->expects = REGISTERS_ROBUST_LIST;
	if (born->flags & CLONE_VM) /* a copied address space keeps the creator's rseq area */
		t->expects |= REGISTERS_RSEQ;
}

void birth_tell(struct run *r)
{
	struct newborn *n = &r->newborn;

	if (!n->due)
		return;
	n->due = false;
	birth_look(r, n->child, &n->ev.u.birth);
	run_tell(r, &n->ev, true);
	waiting_at_birth(r, n->ev.task);
	if (n->ev.task->tls_known)
		unjoined_replaced(r, n->ev.task->tgid, n->ev.task->tls);
	if (n->ev.u.birth.facts.regs_known)
		expect_registrations(r, n->child, &n->ev.u.birth.args);
	if (!n->ev.u.birth.followed)
		leave(r, n->child, n->ev.task);
}

/* Its thread group and parent, from /proc while it is there, and else from what its exit stop has shown. */
static pid_t read_family(struct run *r, struct tracee *child, bool alive)
{
	int64_t tgid = alive ? facts_status(r, child->tid, "Tgid:") : child->tgid;

	child->tgid = tgid > 0 ? (pid_t)tgid : child->tid;
	if (child->tgid != child->tid)
		return child->tgid;
	return alive ? (pid_t)facts_status(r, child->tid, "PPid:") : child->ppid;
}

void birth_adopted(struct run *r, struct tracee *child, bool alive)
{
	pid_t family = read_family(r, child, alive);
	const struct tracee *near = family > 0 ? tracee_find(&r->tracees, family) : NULL;
	char comm[COMM_LEN] = "";

	/* What is not of the program's own process is there for -f only, unless a task that is shown has made it. */
	if (near ? near->silent : !r->asked.follow_forks && r->main.tid && child->tgid != r->main.tid) {
		child->silent = true;
		child->detach = !r->syscall_filter_child;
		return;
	}
	const struct task *guess = family > 0 ? model_by_tid(r->tell.model, family) : NULL;
	const struct task *task = model_task_new(r->tell.model, child->tid, child->tgid, guess);
	if (!task) {
		run_fail(r, -ENOMEM);
		return;
	}
	if (alive)
		facts_comm(r, child->tid, comm);
	bool followed = child->tgid != child->tid || r->asked.follow_forks;
	struct event ev = {
		.kind = EV_BIRTH,
		.task = task,
		.t_ns = child->t_first_ns,
		.u.birth = { .kind = BIRTH_ADOPTED,
			.creator = guess,
			.creator_guessed = guess != NULL,
			.followed = followed,
			.comm = alive ? comm : NULL },
	};
	if (alive)
		birth_facts_registers(r, child->tid, &ev.u.birth.facts);
	child->serial = task->id.serial;
	run_tell(r, &ev, true);
	if (!followed)
		leave(r, child, task);
}

void birth_untraced(struct run *r, struct tracee *creator, pid_t tid, uint64_t t_ns)
{
	const struct task *made_by = model_by_serial(r->tell.model, creator->serial);
	const struct call_clone *args = &creator->call.u.clone;
	const struct task *task = model_task_new(
		r->tell.model, tid, args->flags & CLONE_THREAD ? creator->tgid : tid, made_by);

	if (!task) {
		run_fail(r, -ENOMEM);
		return;
	}
	struct event ev = {
		.kind = EV_BIRTH,
		.task = task,
		.t_ns = t_ns,
		.u.birth = { .kind = BIRTH_UNTRACED,
			.args = *args,
			.creator = made_by,
			.defects = creator->call.defects },
	};
	birth_facts_mappings(r, creator, creator, &ev.u.birth.facts, args);
	birth_facts_prove(r, creator, tid, args, creator->call.defects, &ev.u.birth.facts);
	run_tell(r, &ev, true);
	tell_left(r, task);
}

void birth_program(struct run *r, struct tracee *t, uint64_t t_ns)
{
	const struct task *task = model_task_new(r->tell.model, t->tid, t->tid, NULL);
	char comm[COMM_LEN];

	if (!task) {
		run_fail(r, -ENOMEM);
		return;
	}
	facts_comm(r, t->tid, comm);
	t->tgid = t->tid;
	t->serial = task->id.serial;
	struct event ev = {
		.kind = EV_BIRTH,
		.task = task,
		.t_ns = t_ns,
		.u.birth = { .kind = BIRTH_PROGRAM, .followed = true, .comm = comm },
	};
	run_tell(r, &ev, true);
	r->main.serial = task->id.serial;
	if (r->asked.mode == MODE_LIGHT || r->k->usage(r->k->ctx, t->tid, USAGE_AT_START, &r->main.before))
		r->main.before = (struct task_usage){ 0 };
}

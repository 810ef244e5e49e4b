/* SPDX-License-Identifier: MIT */
#include "follow/rival.h"

#include <errno.h>
#include <sys/ptrace.h>

#include "creators/creators.h"

/* In another pid namespace than the program's a number means another task. */
static bool same_numbers(const struct run *r, pid_t tid)
{
	uint64_t its, programs;

	return !r->main.ended && r->k->ns(r->k->ctx, tid, "pid", &its) == 0 &&
		r->k->ns(r->k->ctx, r->main.tid, "pid", &programs) == 0 && its == programs;
}

/*
 * The task of ours that the request is for; NULL: it may well succeed, or is refused whoever traces: nobody can trace a
 * thread of his own process.
 */
static const struct tracee *wanted(const struct run *r, const struct tracee *t, const struct syscall_stop *at)
{
	if (at->arg[0] == PTRACE_TRACEME)
		return t;
	const struct tracee *target = same_numbers(r, t->tid) ? tracee_find(&r->tracees, (pid_t)at->arg[1]) : NULL;
	return target && target->tgid == t->tgid ? NULL : target;
}

/* Whom the finding belongs to: who asks, else who is asked for, else the program; NULL when that has ended. */
static const struct task *teller(struct run *r, const struct tracee *t)
{
	const struct task *task = run_task(r, t);

	if (!task)
		task = model_by_tid(r->tell.model, t->rival.target);
	if (!task && !r->main.ended)
		task = model_by_tid(r->tell.model, r->main.tid);
	return task;
}

void rival_entered(struct run *r, struct tracee *t, const struct syscall_stop *at)
{
	bool asks = call_by_nr(abi_by_audit(at->arch), at->nr) == CALL_ptrace;
	const char *op = asks ? ptrace_gives_tracer(at->arg[0]) : NULL;
	const struct tracee *target = op ? wanted(r, t, at) : NULL;

	t->rival = (struct odd_rival){ .op = NULL };
	if (!target)
		return;
	t->rival = (struct odd_rival){
		.op = op,
		.target = target == t ? 0 : target->tid,
		.may_be_left = target->silent || target->tgid != r->main.tid,
	};
}

void rival_answered(struct run *r, struct tracee *t, int64_t result)
{
	const struct task *task = t->rival.op && result == -EPERM ? teller(r, t) : NULL;
	struct event ev = { .kind = EV_ODDITY, .task = task, .u.oddity = { .kind = ODD_RIVAL, .rival = t->rival } };

	t->rival = (struct odd_rival){ .op = NULL };
	if (!task)
		return;
	if (task->id.serial != t->serial)
		ev.u.oddity.rival.asker = t->tgid ? t->tgid : t->tid;
	run_tell(r, &ev, true);
}

void rival_at_exit(struct run *r, const struct tracee *t, const struct task *task)
{
	struct event ev = { .kind = EV_ODDITY, .task = task, .u.oddity = { .kind = ODD_LEAK_CHECK } };
	struct backtrace bt;

	if (!r->creators || !r->asks_exits)
		return;
	creators_backtrace(r->creators, (struct task_ids){ t->tid, t->tgid }, false, &bt);
	if (backtrace_leak_check_failed(&bt))
		run_tell(r, &ev, true);
}

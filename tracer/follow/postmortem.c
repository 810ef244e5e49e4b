/* SPDX-License-Identifier: MIT */
#include "follow/postmortem.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <thrtrace/explain.h>

#include "follow/attached.h"
#include "follow/facts.h"
#include "follow/handlers.h"
#include "kernel/limit_facts.h"

/* ---- a failed call ---- */

static enum verdict_call verdict_kind(enum call_id id)
{
	switch ((int)id) {
	case CALL_clone:
		return VC_CLONE;
	case CALL_clone3:
		return VC_CLONE3;
	case CALL_fork:
		return VC_FORK;
	case CALL_vfork:
		return VC_VFORK;
	case CALL_unshare:
		return VC_UNSHARE;
	case CALL_setns:
		return VC_SETNS;
	case CALL_mmap:
		return VC_MMAP;
	case CALL_mprotect:
		return VC_MPROTECT;
	case CALL_sched_setscheduler:
	case CALL_sched_setattr:
		return VC_SETSCHEDULER;
	case CALL_sched_setaffinity:
		return VC_SETAFFINITY;
	case CALL_setpriority:
		return VC_SETPRIORITY;
	default:
		return VC_CALLS;
	}
}

bool failure_is_explained(const struct call *call)
{
	return verdict_kind(call->id) != VC_CALLS;
}

/* thrtrace's own filter lets calls pass, and is none of which a failure could come. */
static enum fact foreign_filter(const struct run *r, const struct failure_facts *f)
{
	if (f->seccomp_mode != SECCOMP_MODE_FILTER || !r->syscall_filter_child)
		return f->who.seccomp_filter;
	if (f->seccomp_filters >= 0)
		return fact_of(f->seccomp_filters > 1);
	return r->foreign_filter ? FACT_YES : FACT_UNKNOWN;
}

/* Whether another task shares the caller's working directory: as far as they are traced, kcmp tells. */
#define SHARERS_ASKED 64
static enum fact shares_fs(struct run *r, const struct tracee *t)
{
	enum fact ret = r->attach ? FACT_UNKNOWN : FACT_NO;
	unsigned asked = 0;

	for (const struct task *o = model_next(r->tell.model, 0); o; o = model_next(r->tell.model, o->id.serial)) {
		if (o->id.serial == t->serial || o->life == TASK_DEAD)
			continue;
		int same = asked++ < SHARERS_ASKED ? r->k->kcmp(r->k->ctx, t->tid, o->id.tid, KCMP_FS) : -EAGAIN;
		if (same == 0)
			return FACT_YES;
		if (same < 0)
			ret = FACT_UNKNOWN;
	}
	return ret;
}

/* The first hole in [from, to) that mprotect would meet. */
static enum fact has_hole(struct run *r, const struct tracee *t, taddr from, taddr to)
{
	struct vma v;

	while (from < to) {
		int err = facts_vma(r, t, from, &v);
		if (err)
			return err == -ENOENT ? FACT_YES : FACT_UNKNOWN;
		from = v.high;
	}
	return FACT_NO;
}

static void explain_mapping(
	struct run *r, const struct tracee *t, enum verdict_call kind, int err, struct argument_facts *args)
{
	bool maps = kind == VC_MMAP;
	uint64_t page = kernel_page(r->k);

	args->bytes = t->call.arg[1];
	args->writable = fact_of(t->call.arg[2] & PROT_WRITE);
	args->map = (struct map_args){
		.known = true,
		.addr = t->call.arg[0],
		.prot = (uint32_t)t->call.arg[2],
		.flags = maps ? (uint32_t)t->call.arg[3] : 0,
		.offset = maps ? call_arg_value(&t->call, 5) : 0,
	};
	if (kind == VC_MPROTECT && err == ENOMEM)
		args->unmapped = has_hole(r, t, args->map.addr, args->map.addr + page_round_up(args->bytes, page));
}

static struct sched_args scheduling(const struct call *call)
{
	bool attr = call->id == CALL_sched_setattr;
	uint32_t policy = attr ? call->u.sched.policy : (uint32_t)call->arg[1];

	return (struct sched_args){
		.known = !(call->defects & CALL_ARGS_UNREAD),
		.policy = policy & ~(uint32_t)SCHED_RESET_ON_FORK,
		.priority = call->u.sched.priority,
	};
}

/* The descriptor that the call names; -1 none. */
static int fd_of(const struct call *call)
{
	if (call->id == CALL_setns)
		return (int)call->arg[0];
	return call->id == CALL_mmap && !(call->arg[3] & MAP_ANONYMOUS) ? (int)call->arg[4] : -1;
}

static bool is_about_threads(const struct verdict *v)
{
	static const char end[] = "-threads";
	size_t len = v->rule ? strlen(v->rule) : 0;

	return len >= sizeof(end) - 1 && strcmp(v->rule + len - (sizeof(end) - 1), end) == 0;
}

/* A process that ought to have one thread has others: one that lives, or one that was let go a moment ago. */
static void name_thread(struct run *r, const struct tracee *t, struct verdict *v)
{
	const struct model *m = r->tell.model;
	const struct task *other = model_next(m, 0);
	size_t len = strlen(v->why);

	while (other && (other->tgid != t->tgid || other->id.serial == t->serial || other->life == TASK_DEAD))
		other = model_next(m, other->id.serial);
	const struct task *left = other ? NULL : left_last(r, t->tgid);
	if (other)
		snprintf(v->why + len, sizeof(v->why) - len, " One of them is T%u (tid %d).", other->label,
			other->id.tid);
	else if (left)
		snprintf(v->why + len, sizeof(v->why) - len, " T%u (tid %d) has ended, and is still on its way out.",
			left->label, left->id.tid);
}

void failure_explain(struct run *r, const struct tracee *t, int err, struct failure *ret)
{
	enum verdict_call kind = verdict_kind(t->call.id);
	bool all_seen = r->asked.mode != MODE_LIGHT && r->asked.mode != MODE_OBSERVE && !r->attach;
	struct argument_facts args = { .nobody_execs = all_seen && r->tracees.n_execs == 0 };
	struct failure_ask ask = { .call = kind, .err = err, .fd = fd_of(&t->call), .before = r->pids_before };
	struct verdict_query q = { .call = kind,
		.defects = t->call.defects,
		.who = &ret->facts.who,
		.args = &args,
		.limits = &ret->facts,
		.err = err };

	if (r->k->failure(r->k->ctx, t->tid, &ask, &ret->facts) < 0) {
		memset(&ret->facts, 0, sizeof(ret->facts));
		q.limits = NULL;
	}
	ret->facts.who.seccomp_filter = foreign_filter(r, &ret->facts);
	args.fd = ret->facts.fd;
	if (ask.fd < 0)
		args.fd.open = FACT_NO; /* no number of a descriptor */
	if (kind == VC_UNSHARE) {
		q.flags = t->call.arg[0];
	} else if (kind == VC_SETNS) {
		q.flags = t->call.arg[1];
		ret->facts.who.fs_shared = shares_fs(r, t);
	} else if (kind == VC_MMAP || kind == VC_MPROTECT) {
		explain_mapping(r, t, kind, err, &args);
	} else if (kind == VC_SETSCHEDULER) {
		args.sched = scheduling(&t->call);
	} else if (kind < VC_UNSHARE) {
		q.clone = &t->call.u.clone;
	}
	verdict_of(&ret->verdict, &q);
	if (is_about_threads(&ret->verdict))
		name_thread(r, t, &ret->verdict);
}

/* ---- a newborn ---- */

void birth_look(struct run *r, const struct tracee *child, struct ev_birth *b)
{
	struct birth_facts *f = &b->facts;
	struct vma v;

	if (!(b->args.flags & CLONE_VM_) || !(b->args.flags & CLONE_SETTLS_) || (b->defects & CALL_ARGS_DOUBTFUL))
		return;
	if (!f->regs_known || !f->tp_known || (f->at_sp_known && f->tp >= f->at_sp.low && f->tp < f->at_sp.high))
		return;
	f->at_tp = facts_vma(r, child, f->tp, &v) ? AT_NOTHING : AT_MAPPING;
}

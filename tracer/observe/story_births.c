/* SPDX-License-Identifier: MIT */
#include "observe/story_impl.h"

#include <errno.h>
#include <linux/sched.h>
#include <sys/mman.h>

#include "follow/attached.h"
#include "follow/birth_facts.h"
#include "follow/facts.h"
#include "follow/postmortem.h"

/*
 * pthread_create maps a stack without access and opens all of it but its guard; the thread follows at once. Records
 * tell no stack pointer: that it runs there is likely, and said so. Their ranges are those of whole mappings: an opened
 * one may go on in what lies above it, a closed one in the guard of the stack above. What both have is the stack.
 * malloc reserves an arena in the same way, of which it opens a small part.
 */
static bool is_like_a_stack(const struct made_map *reserved, const struct made_map *opened)
{
	return opened->low >= reserved->low && opened->low < reserved->high &&
		(opened->high >= reserved->high || opened->high - opened->low >= (reserved->high - reserved->low) / 2);
}

static void found_stack(struct watched *creator, struct stack_area *ret)
{
	struct made_map *reserved = &creator->reserved, *opened = &creator->opened;

	*ret = (struct stack_area){
		.kind = STACK_UNKNOWN,
		.unknown = opened->high && !reserved->high ?
			"the mapping that was made just before may be it: a guard by madvise, as of glibc 2.42, is in "
			"no record; --creators=on looks for it" :
			"no mapping like a stack was made just before: it runs on one that was there, or on memory of "
			"the program",
	};
	if (opened->high && is_like_a_stack(reserved, opened))
		*ret = (struct stack_area){
			.kind = STACK_OWN_MAPPING,
			.low = opened->low,
			.high = opened->high < reserved->high ? opened->high : reserved->high,
			.guard = opened->low > reserved->low ? GUARD_PROT_NONE : GUARD_NONE,
			.guard_low = reserved->low,
			.guard_bytes = opened->low - reserved->low,
			.source = "the mapping that its creator opened just before",
		};
	*reserved = *opened = (struct made_map){ 0, 0 };
}

/* The mappings of its new stack, as its creator has made them just now: glibc's way before 2.42. */
static bool stack_as_made(const struct watched *creator, const struct call_clone *args, struct birth_facts *f)
{
	const struct made_map *reserved = &creator->reserved, *opened = &creator->opened;
	taddr sp = call_clone_sp(args);

	if (!opened->high || opened->low <= reserved->low || opened->low >= reserved->high || sp <= opened->low ||
		sp > opened->high)
		return false;
	f->at_sp = (struct vma){ .low = opened->low, .high = opened->high, .prot = VMA_READ | VMA_WRITE };
	f->below_sp = (struct vma){ .low = reserved->low, .high = opened->low };
	f->at_sp_known = f->below_known = true;
	return true;
}

/* As they are now: true of its stack while the task lives. */
static void stack_as_it_is(struct story *s, const struct task *t, const struct call_clone *args, struct birth_facts *f)
{
	struct run *r = s->r;
	const struct tracee child = { .tid = t->id.tid, .tgid = t->tgid };

	birth_facts_mappings(r, NULL, &child, f, args);
	if (r->k->in_group(r->k->ctx, t->tgid, t->id.tid) != 1)
		*f = (struct birth_facts){ 0 };
}

static void find_start(
	struct story *s, const struct first_instant *first, struct ev_birth *b, struct start_routine *ret)
{
	if (!s->seen || !s->seen->creators || !(b->args.flags & CLONE_VM) || !call_clone_sp(&b->args))
		return;
	*ret = (struct start_routine){ .unknown = "its first instant in user mode was not sampled" };
	if (first && first->call)
		seen_start(s->seen, first->call, first->later, &b->args, b->bt, ret);
	else if (first && first->later && (b->args.flags & CLONE_SETTLS))
		seen_start_later(s->seen, first->later, &b->args, ret);
	b->start = ret;
}

/* The task of a FORK is a thread of its creator's process. */
static bool is_thread(const struct perf_record *r)
{
	return r->u.task.tgid == r->u.task.parent_tgid;
}

static void tell_call(struct story *s, const struct perf_record *r, const struct seen_call *call, const struct task *by)
{
	struct event made = {
		.kind = EV_CALL,
		.task = by,
		.t_ns = story_time(s, r),
		.u.call = { .call = &call->call,
			.how = RESULT_SEEN,
			.result = r->u.task.tid,
			.took_ns = r->t_ns - call->t_ns },
	};

	run_tell(s->r, &made, true);
}

/* What it asked for, and what the kernel made. */
static void take_args(
	struct story *s, const struct perf_record *r, struct watched *creator, const struct task *t, struct ev_birth *b)
{
	const struct seen_call *call = creator->call;

	b->kind = BIRTH_CALL;
	b->observed = true;
	b->args = call->call.u.clone;
	b->defects = call->call.defects;
	b->call_ns = r->t_ns - call->t_ns;
	if (!stack_as_made(creator, &b->args, &b->facts))
		stack_as_it_is(s, t, &b->args, &b->facts);
}

/* Tells the birth of t, of this FORK, which the call that its creator is in has made, if it is in one. */
static void tell_birth(
	struct story *s, const struct perf_record *r, struct watched *creator, const struct task *t, struct ev_birth *b)
{
	struct seen_call *call = creator->call;
	struct first_instant *first = first_find(s, r->u.task.tid, r->t_ns);
	/* Another thread may write there while the call begins. */
	bool known = call && !call->elsewhere && is_thread(r) == ((call->call.u.clone.flags & CLONE_THREAD) != 0);
	struct stack_area stack;
	struct start_routine start;
	struct backtrace bt;
	char comm[COMM_LEN];

	if (call)
		tell_call(s, r, call, b->creator);
	else if (s->seen && facts_comm(s->r, r->u.task.tid, comm))
		b->comm = comm; /* the kernel itself made it, and no record has its name */
	if (known) {
		take_args(s, r, creator, t, b);
	} else if (is_thread(r)) {
		found_stack(creator, &stack);
		b->stack = &stack;
	}
	if (known && first && first->call)
		b->first_ns = first->call->t_ns - call->t_ns;
	if (call && call->unwound) {
		seen_backtrace(call, &bt);
		b->bt = &bt;
	}
	if (known)
		find_start(s, first, b, &start);
	struct event ev = { .kind = EV_BIRTH, .task = t, .t_ns = story_time(s, r), .u.birth = *b };
	run_tell(s->r, &ev, true);
	if (first)
		first_forget(s, first->tid, first_time(first));
	seen_call_free(call);
	creator->call = NULL;
	if (call)
		creator->reserved = creator->opened = (struct made_map){ 0, 0 };
}

/* A call that makes a task has come back without one. */
static void tell_failed(struct story *s, const struct perf_record *r, struct watched *w, const struct task *t)
{
	struct tracee as = { .tid = w->tid, .tgid = w->tgid, .call = w->call->call };
	int64_t result = r->u.call->result;
	struct failure why;
	struct event ev = {
		.kind = EV_CALL,
		.task = t,
		.t_ns = story_time(s, r),
		.u.call = { .call = &w->call->call,
			.how = RESULT_SEEN,
			.result = result,
			.took_ns = r->t_ns - w->call->t_ns },
	};

	if (!w->call->elsewhere && failure_is_explained(&as.call) && result > -512) {
		failure_explain(s->r, &as, (int)-result, &why);
		/* Of who is gone nothing was found out, and every cause would look as likely as the next one. */
		if (s->r->k->in_group(s->r->k->ctx, w->tgid, w->tid) == 1) {
			ev.u.call.verdict = &why.verdict;
			ev.u.call.limits = &why.facts;
		}
	}
	run_tell(s->r, &ev, true);
}

static void on_exit_call(struct story *s, struct watched *w, const struct call *c)
{
	struct watched *leader = watched_find(s, w->tgid);
	struct exit_call made = { true, (int)(c->arg[0] & 0xff), w->serial };

	if (c->id == CALL_exit)
		w->exits = made;
	else if (leader && !leader->exits_all.known) /* the first one counts */
		leader->exits_all = made;
}

void story_call(struct story *s, const struct perf_record *r)
{
	struct watched *w = watched_find(s, r->by_tid);
	const struct task *t = watched_task(s, w);
	struct seen_call *call = r->u.call;

	if (t && call->begins && (call->call.id == CALL_exit || call->call.id == CALL_exit_group)) {
		on_exit_call(s, w, &call->call);
	} else if (t && t->followed && call->begins) {
		seen_call_free(w->call);
		w->call = call;
		return;
	} else if (t && w->call && !call->begins) {
		tell_failed(s, r, w, t);
		seen_call_free(w->call);
		w->call = NULL;
	}
	seen_call_free(call);
}

/* Threads always are, but of -p --only-thread. */
static bool follows_births(const struct story *s)
{
	return !(s->r->attach && s->r->attach->only_thread);
}

int story_fork(struct story *s, const struct perf_record *r)
{
	struct watched *creator = watched_find(s, r->u.task.parent_tid);
	const struct task *by = watched_task(s, creator);

	if (!by || !by->followed || watched_find(s, r->u.task.tid))
		return 0; /* of a process that is not followed; or told twice */
	const struct task *t = model_task_new(s->r->tell.model, r->u.task.tid, r->u.task.tgid, by);
	bool followed = is_thread(r) ? follows_births(s) : s->r->asked.follow_forks;
	struct watched *w = t ? watched_new(s, t, followed) : NULL;
	if (!w)
		return -ENOMEM;
	w->waits = true;
	w->out_ns = r->t_ns;
	struct ev_birth b = { .kind = BIRTH_OBSERVED, .creator = by, .followed = followed };
	tell_birth(s, r, creator, t, &b);
	return 0;
}

void story_map(struct story *s, const struct perf_record *r)
{
	struct watched *w = watched_find(s, r->by_tid);
	struct made_map m = { r->u.map.low, r->u.map.high };

	if (w)
		w->blank = false;
	if (!w || !r->u.map.anonymous)
		return;
	if (r->u.map.prot == PROT_NONE) {
		w->reserved = m;
		w->opened = (struct made_map){ 0, 0 };
	} else if (!w->reserved.high || (m.low >= w->reserved.low && m.low < w->reserved.high)) {
		w->opened = m; /* another one is none of the stack's: what malloc has mapped meanwhile */
	}
}

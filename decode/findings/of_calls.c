/* SPDX-License-Identifier: MIT */
/* Findings about a call: the verdict on its failure, and what is odd about its arguments. */
#include <errno.h>
#include <inttypes.h>

#include <thrtrace/model.h>
#include <thrtrace/uapi.h>
#include <thrtrace/verdict.h>

#include "findings/findings_impl.h"

/* ---- failures ---- */

/* The verdict's own words; and how near the other limits are, when it was one that was hit. */
static void found_refused(struct inquiry *q)
{
	const struct verdict *v = q->ev->u.call.verdict;
	const struct failure_facts *limits = q->ev->u.call.limits;
	struct finding *f = found(q, NULL);
	bool hit = false;

	f->text = v->why;
	f->repair = v->repair[0] ? v->repair : NULL;
	for (size_t i = 0; limits && i < limits->n_limits; i++)
		hit |= limits->limits[i].hit;
	if (!hit || limits->n_limits < 2)
		return;
	outbuf_clear(&q->to->also);
	other_limits_format(&q->to->also, limits);
	f->also = outbuf_str(&q->to->also);
}

static bool is_refused(const struct inquiry *q, enum call_id one, enum call_id two)
{
	const struct ev_call *c = &q->ev->u.call;

	return c->verdict && (c->call->id == one || c->call->id == two);
}

static bool failed_with(const struct inquiry *q, enum call_id id, int err)
{
	const struct ev_call *c = &q->ev->u.call;

	return c->call->id == id && c->how == RESULT_SEEN && c->result == -err;
}

/* What a C library asks clone3 first, and takes for a hint to call clone: nothing has failed yet. */
static bool is_fallback(const struct inquiry *q)
{
	return failed_with(q, CALL_clone3, ENOSYS);
}

static bool is_taken(const struct inquiry *q)
{
	return failed_with(q, CALL_clone3, EEXIST);
}

void finding_creation_failed(struct inquiry *q)
{
	const struct call_row *row = call_row(q->ev->u.call.call->id);

	if (q->ev->u.call.verdict && row && (row->traits & CALL_CREATES) && !is_fallback(q) && !is_taken(q))
		found_refused(q);
}

void finding_tid_taken(struct inquiry *q)
{
	if (q->ev->u.call.verdict && is_taken(q))
		found_refused(q);
}

void finding_namespace_refused(struct inquiry *q)
{
	if (is_refused(q, CALL_unshare, CALL_setns))
		found_refused(q);
}

/* MAP_FIXED_NOREPLACE asks whether a place is free: EEXIST is an answer. */
static bool is_probe(const struct inquiry *q)
{
	return failed_with(q, CALL_mmap, EEXIST) && (q->ev->u.call.call->arg[3] & MAP_FIXED_NOREPLACE_);
}

void finding_memory_refused(struct inquiry *q)
{
	if (!is_probe(q) && is_refused(q, CALL_mmap, CALL_mprotect))
		found_refused(q);
}

void finding_scheduling_refused(struct inquiry *q)
{
	if (is_refused(q, CALL_sched_setscheduler, CALL_sched_setattr) ||
		is_refused(q, CALL_sched_setaffinity, CALL_setpriority))
		found_refused(q);
}

void finding_thread_not_started(struct inquiry *q)
{
	const struct task *t = q->ev->u.call.unstarted;

	if (t)
		found(q,
			"pthread_create fails with this error: T%" PRIu32
			" was made, and ends without having run its routine",
			t->label);
}

/* ---- alternate stacks ---- */

void finding_altstack_shared(struct inquiry *q)
{
	const struct task *rival = q->ev->u.call.altstack_rival;

	if (rival)
		found(q, "T%" PRIu32 " is alive and has the same alternate stack, %#" PRIx64, rival->label,
			q->ev->u.call.call->u.altstack.sp);
}

static bool sets_altstack(const struct ev_call *c)
{
	return c->call->id == CALL_sigaltstack && c->how == RESULT_SEEN && c->call->arg[0] &&
		!(c->call->defects & CALL_ARGS_UNREAD) && !((uint32_t)c->call->u.altstack.flags & SS_DISABLE_);
}

/* Above its first stack pointer a C library keeps a thread's variables and its control block. */
void finding_altstack_in_tls(struct inquiry *q)
{
	const struct ev_call *c = &q->ev->u.call;
	const struct stack_area *s = &q->ev->task->stack;

	if (!sets_altstack(c) || call_failed(c->result) || (s->kind != STACK_OWN_MAPPING && s->kind != STACK_CACHED))
		return;
	if (s->sp && c->call->u.altstack.sp >= s->sp && c->call->u.altstack.sp < s->high)
		found(q, NULL);
}

void finding_altstack_refused(struct inquiry *q)
{
	const struct ev_call *c = &q->ev->u.call;

	if (!sets_altstack(c) || !call_failed(c->result))
		return;
	if (c->result == -ENOMEM)
		found(q,
			"%" PRIu64
			" bytes are too little for an alternate stack: the registers that the kernel saves, and the "
			"least that it allows (AT_MINSIGSTKSZ), do not fit",
			c->call->u.altstack.size);
	else if (c->result == -EPERM)
		found(q, "a handler runs on the alternate stack, which can't be changed meanwhile");
	else
		found(q, NULL);
}

/* ---- what fails because it is traced ---- */

static bool asks_for_strict(const struct call *c)
{
	return (c->id == CALL_prctl && (uint32_t)c->arg[0] == PR_SET_SECCOMP_ && c->arg[1] == SECCOMP_MODE_STRICT_) ||
		(c->id == CALL_seccomp && c->arg[0] == SECCOMP_SET_MODE_STRICT_);
}

void finding_strict_refused(struct inquiry *q)
{
	const struct ev_call *c = &q->ev->u.call;

	if (c->own_filter && c->how == RESULT_SEEN && c->result == -EINVAL && asks_for_strict(c->call))
		found(q, NULL);
}

/* ---- arguments ---- */

/* A call that was told when it began is not asked about again when it is over. */
static void found_defect(struct inquiry *q, enum call_defect bit)
{
	const struct ev_call *c = &q->ev->u.call;

	if ((c->call->defects & (uint32_t)bit) && !c->resumed)
		found(q, NULL);
}

void finding_args_unread(struct inquiry *q)
{
	found_defect(q, CALL_ARGS_UNREAD);
}

void finding_args_short(struct inquiry *q)
{
	found_defect(q, CALL_ARGS_SHORT);
}

void finding_clone3_size_absurd(struct inquiry *q)
{
	found_defect(q, CALL_SIZE_ABSURD);
}

void finding_clone3_tail_set(struct inquiry *q)
{
	found_defect(q, CALL_TAIL_SET);
}

void finding_set_tid_unread(struct inquiry *q)
{
	found_defect(q, CALL_SET_TID_UNREAD);
}

void finding_args_changed(struct inquiry *q)
{
	found_defect(q, CALL_ARGS_CHANGED);
}

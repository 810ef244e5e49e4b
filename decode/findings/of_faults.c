/* SPDX-License-Identifier: MIT */
/* Findings about a fatal signal: the verdict on the fault, a row for each of its kinds. */
#include <thrtrace/fault.h>

#include "findings/findings_impl.h"

static bool is(const struct inquiry *q, enum fault_kind kind)
{
	const struct fault_verdict *v = q->ev->u.signal.verdict;

	return v && v->kind == kind;
}

static void found_fault(struct inquiry *q, enum fault_kind kind)
{
	const struct fault_verdict *v = q->ev->u.signal.verdict;

	if (!is(q, kind))
		return;
	struct finding *f = found(q, NULL);
	f->text = v->text;
	f->repair = v->repair[0] ? v->repair : NULL;
}

void finding_stack_overflow(struct inquiry *q)
{
	found_fault(q, is(q, FAULT_NO_GUARD) ? FAULT_NO_GUARD : FAULT_GUARD);
}

void finding_other_overflow(struct inquiry *q)
{
	found_fault(q, FAULT_OTHER_GUARD);
}

void finding_guard_jumped(struct inquiry *q)
{
	found_fault(q, FAULT_JUMPED_GUARD);
}

void finding_stack_limit(struct inquiry *q)
{
	found_fault(q, FAULT_STACK_LIMIT);
}

void finding_dead_stack_used(struct inquiry *q)
{
	found_fault(q, FAULT_OLD_STACK);
}

void finding_dead_tls_used(struct inquiry *q)
{
	found_fault(q, FAULT_DEAD_TLS);
}

void finding_stack_gone(struct inquiry *q)
{
	found_fault(q, FAULT_GONE_STACK);
}

void finding_code_gone(struct inquiry *q)
{
	found_fault(q, FAULT_GONE_CODE);
}

void finding_empty_return(struct inquiry *q)
{
	found_fault(q, FAULT_EMPTY_RETURN);
}

void finding_null_call(struct inquiry *q)
{
	found_fault(q, FAULT_NULL_CALL);
}

void finding_null_pointer(struct inquiry *q)
{
	found_fault(q, FAULT_NULL_POINTER);
}

/* SPDX-License-Identifier: MIT */
/* Findings about a fatal signal: the verdict on the fault, a row for each of its kinds. */
#include <thrtrace/fault.h>

#include "findings/findings_impl.h"

static void found_fault(struct inquiry *q, enum fault_kind kind)
{
	const struct fault_verdict *v = q->ev->u.signal.verdict;

	if (!v || v->kind != kind)
		return;
	struct finding *f = found(q, NULL);
	f->text = v->text;
	f->repair = v->repair[0] ? v->repair : NULL;
}

void finding_stack_overflow(struct inquiry *q)
{
	found_fault(q, FAULT_GUARD);
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

void finding_null_call(struct inquiry *q)
{
	found_fault(q, FAULT_NULL_CALL);
}

void finding_null_pointer(struct inquiry *q)
{
	found_fault(q, FAULT_NULL_POINTER);
}

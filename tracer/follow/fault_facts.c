/* SPDX-License-Identifier: MIT */
#include "follow/fault_facts.h"

#include <string.h>

#include "follow/facts.h"

#define FAULT_AREAS 64

static struct fault_area area_of(const struct task *t)
{
	return (struct fault_area){
		.low = t->stack.low,
		.high = t->stack.high,
		.guard_low = t->stack.guard_low,
		.guard_bytes = t->stack.guard_bytes,
		.label = t->label,
	};
}

/* A thread's control block and TLS lie between its TLS base and its stack's end (glibc, musl on x86-64). */
static struct fault_area tls_of(const struct task *t, uint64_t page)
{
	taddr high = t->stack.high > t->tls && t->tls >= t->stack.low ? t->stack.high : t->tls + page;

	return (struct fault_area){ .low = page_down(t->tls, page), .high = high, .label = t->label };
}

struct areas_found {
	struct fault_area other[FAULT_AREAS], old[FAULT_AREAS], tls[FAULT_AREAS];
	size_t n_other, n_old, n_tls;
};

/* Only areas near the address can matter: the list stays short whatever the number of threads. */
static bool near(const struct fault_area *a, taddr addr)
{
	taddr low = a->guard_bytes ? a->guard_low : a->low;

	return addr < a->high && addr + (64U << 20) >= low;
}

static void find_areas(struct run *r, const struct task *self, taddr addr, struct areas_found *f)
{
	for (const struct task *t = model_next(r->tell.model, 0); t; t = model_next(r->tell.model, t->id.serial)) {
		if (t == self || t->tgid != self->tgid || !t->stack.high)
			continue;
		struct fault_area a = area_of(t);
		if (!near(&a, addr))
			continue;
		if (t->life != TASK_DEAD) {
			if (f->n_other < FAULT_AREAS)
				f->other[f->n_other++] = a;
			continue;
		}
		if (f->n_old < FAULT_AREAS)
			f->old[f->n_old++] = a;
		if (t->tls_known && t->tls && f->n_tls < FAULT_AREAS)
			f->tls[f->n_tls++] = tls_of(t, kernel_page(r->k));
	}
}

void fault_explain(struct run *r, const struct tracee *t, const struct task *task, const struct ev_signal *s,
	struct fault_verdict *ret)
{
	struct areas_found found = { .n_other = 0 };
	struct regs regs;
	const struct abi *abi;

	memset(ret, 0, sizeof(*ret));
	if (facts_regs(r, t->tid, &regs, &abi))
		return;
	find_areas(r, task, s->addr, &found);
	struct fault_facts f = {
		.sig = s->sig,
		.code = s->code,
		.addr = s->addr,
		.pc = regs.pc,
		.sp = regs.sp,
		.own_known = task->stack.high != 0,
		.own = area_of(task),
		.own_grows = task->stack.kind == STACK_MAIN,
		.other = found.other,
		.n_other = found.n_other,
		.old = found.old,
		.n_old = found.n_old,
		.tls = found.tls,
		.n_tls = found.n_tls,
	};
	fault_judge(&f, ret);
}

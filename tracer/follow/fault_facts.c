/* SPDX-License-Identifier: MIT */
#include "follow/fault_facts.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "creators/creators.h"
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

/*
 * A thread's control block and TLS lie above where its stack began, up to the end of the memory that was mapped for
 * both (glibc, musl). Where it began is not known of a thread that was not seen to be made.
 */
static struct fault_area tls_of(const struct task *t, uint64_t page)
{
	taddr high = t->stack.high > t->tls && t->tls >= t->stack.low ? t->stack.high : t->tls + page;
	taddr sp = call_clone_sp(&t->born);
	taddr low = sp > t->stack.low && sp <= t->tls ? sp : page_down(t->tls, PAGE_BYTES_LEAST);

	return (struct fault_area){ .low = low, .high = high, .label = t->label };
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

/* The dead one's stack may have been unmapped, as far as that was seen, and its place taken. */
static bool still_has_place(struct run *r, const struct task *self, const struct task *dead)
{
	const struct area *a = model_area(r->tell.model, self, dead->stack.high - 1);

	return !a || a->owner == dead->id.serial;
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
		if (!still_has_place(r, self, t))
			continue;
		if (f->n_old < FAULT_AREAS)
			f->old[f->n_old++] = a;
		if (t->tls_known && t->tls && f->n_tls < FAULT_AREAS)
			f->tls[f->n_tls++] = tls_of(t, kernel_page(r->k));
	}
}

/* Below that there is nothing but what the program has asked for there by its address (vm.mmap_min_addr). */
#define LOWEST_MAPPED ((taddr)65536)

static bool no_access(const struct vma *v)
{
	return !(v->prot & (VMA_READ | VMA_WRITE | VMA_EXEC));
}

static bool in_guard(const struct stack_area *s, taddr addr)
{
	return addr >= s->guard_low && addr - s->guard_low < s->guard_bytes;
}

static enum fault_place place_of(struct run *r, const struct tracee *t, taddr addr)
{
	uint64_t page = kernel_page(r->k), guard;
	taddr low = page_down(addr, page);
	struct vma v;
	int err = facts_vma(r, t, addr, &v);

	if (err)
		return err == -ENOENT ? PLACE_NOTHING : PLACE_NOT_ASKED;
	if (no_access(&v) || (r->k->guard_pages(r->k->ctx, t->tgid, low, low + page, &guard) == 0 && guard))
		return PLACE_GUARD;
	return v.prot & VMA_WRITE ? PLACE_WRITABLE : PLACE_READ_ONLY;
}

/* A guard that is a mapping: to be refused there (SEGV_ACCERR) says that it is one. */
static bool refused_by_guard(const struct stack_area *s, const struct ev_signal *sig)
{
	return in_guard(s, sig->addr) && sig->code == SEGV_ACCERR &&
		(s->guard == GUARD_PROT_NONE || s->guard == GUARD_RUNTIME);
}

static bool on_own_stack(const struct stack_area *s, taddr sp)
{
	return sp >= (s->guard_bytes ? s->guard_low : s->low) && sp <= s->high;
}

/* The mapping that sp lies in, or else right below, with the guard below it. false: there is none. */
static bool ground_at(struct run *r, const struct tracee *t, taddr sp, struct fault_area *ret)
{
	struct vma v, below;
	uint64_t guard;
	int err = facts_vma(r, t, sp, &v);

	if (err == -ENOENT || (!err && no_access(&v)))
		err = facts_vma(r, t, err ? page_down(sp, kernel_page(r->k)) + kernel_page(r->k) : v.high, &v);
	if (err || !(v.prot & VMA_WRITE))
		return false;
	*ret = (struct fault_area){ .low = v.low, .high = v.high };
	if (v.low && facts_vma(r, t, v.low - 1, &below) == 0 && no_access(&below)) {
		ret->guard_low = below.low;
		ret->guard_bytes = below.high - below.low;
	} else if (r->k->guard_pages(r->k->ctx, t->tgid, v.low, v.high, &guard) == 0 && guard) {
		ret->guard_low = v.low;
		ret->guard_bytes = guard;
		ret->low += guard;
	}
	return true;
}

static bool overlaps(const struct fault_area *a, const struct fault_area *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a->low < list[i].high && list[i].low < a->high)
			return true;
	return false;
}

/* On what it runs, where that is no thread's stack: a fiber's, or an alternate one for signals. */
static void find_ground(struct run *r, const struct tracee *t, const struct task *task, struct fault_facts *f)
{
	if (!f->own_known || on_own_stack(&task->stack, f->sp) || f->addr < LOWEST_MAPPED)
		return;
	f->sp_elsewhere = ground_at(r, t, f->sp, &f->sp_area) && !overlaps(&f->sp_area, &f->own, 1) &&
		!overlaps(&f->sp_area, f->other, f->n_other) && !overlaps(&f->sp_area, f->old, f->n_old);
}

/*
 * Does the word that a return takes off the stack lead back into code, or was it one that led to pc? Where a call
 * leaves its return address in a register, a call has changed that: it can't be what led to pc.
 */
static enum fault_way way_to(struct run *r, const struct tracee *t, const struct abi *abi, const struct regs *regs)
{
	struct task_mem ctx = { r->k, t->tid };
	struct mem mem = task_mem(&ctx);
	uint64_t top, before;
	struct vma v;

	if (!abi->return_on_stack)
		return regs->link == regs->pc ? WAY_LINK : WAY_UNKNOWN;
	if (mem_word(&mem, regs->sp, abi->word, &top) == 0 && top >= LOWEST_MAPPED && facts_vma(r, t, top, &v) == 0 &&
		(v.prot & VMA_EXEC))
		return WAY_CALL;
	return mem_word(&mem, regs->sp - abi->word, abi->word, &before) == 0 && before == regs->pc ? WAY_RETURN :
												     WAY_UNKNOWN;
}

/*
 * Where nothing is mapped in the first thread's stack, as far as that might have grown when the program began: it ends
 * where it is by now, for the limit is lower, or there was no memory.
 */
static void find_end(struct run *r, const struct tracee *t, struct fault_facts *f)
{
	struct vma v;

	if (f->own_known && f->own_grows && f->at == PLACE_NOTHING && f->addr >= f->own.low && f->addr < f->own.high &&
		facts_vma(r, t, f->own.high - 1, &v) == 0 && v.low > f->addr)
		f->own.low = v.low;
}

static void look_around(struct run *r, const struct tracee *t, const struct task *task, const struct ev_signal *s,
	struct fault_facts *f)
{
	if (s->code == SI_KERNEL)
		f->at = place_of(r, t, f->sp);
	if (s->code <= 0 || s->code == SI_KERNEL)
		return;
	if (refused_by_guard(&task->stack, s))
		f->at = PLACE_GUARD;
	else if (s->addr >= LOWEST_MAPPED)
		f->at = place_of(r, t, s->addr);
	find_end(r, t, f);
	find_ground(r, t, task, f);
}

static void explain(struct run *r, const struct tracee *t, const struct task *task, const struct ev_signal *s,
	struct fault_verdict *ret)
{
	struct areas_found found = { .n_other = 0 };
	const struct frame *at = s->bt && s->bt->n ? &s->bt->frame[0] : NULL;
	struct recursion rec;
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
		.unmapped_by = task->stack.unmapped_by,
		.gone_module = at && at->pc == regs.pc ? at->module : NULL,
		.frames_known = at && s->bt->n > 1,
		.recurses = at && backtrace_recursion(s->bt, &rec),
		.handled = !s->fatal,
	};
	look_around(r, t, task, s, &f);
	if (regs.pc < LOWEST_MAPPED && regs.pc == s->addr)
		f.way = way_to(r, t, abi, &regs);
	fault_judge(&f, ret);
}

/*
 * Is a fault that the program handles worth a look? A runtime may make thousands of them on purpose. An overflow's
 * store is near sp: a large array may lie between.
 */
#define OVERFLOW_REACH ((uint64_t)1 << 20)

static bool may_overflow(struct run *r, const struct tracee *t, const struct task *task, const struct ev_signal *s)
{
	struct regs regs;
	const struct abi *abi;

	if (!s->fault || s->addr < LOWEST_MAPPED)
		return false;
	if (in_guard(&task->stack, s->addr))
		return true;
	if (facts_regs(r, t->tid, &regs, &abi))
		return false;
	return (s->addr > regs.sp ? s->addr - regs.sp : regs.sp - s->addr) <= OVERFLOW_REACH;
}

/* The end of the stack that sp lies on, be it the task's own, a fiber's or a signal handler's; 0 unknown. */
static taddr stack_end(struct run *r, const struct tracee *t, const struct task *task, taddr sp)
{
	struct fault_area a;

	if (task->stack.high && on_own_stack(&task->stack, sp))
		return task->stack.high;
	return ground_at(r, t, sp, &a) ? a.high : 0;
}

/* How often the recursion that bt begins to show is on the stack that it runs on. */
static uint64_t depth_of(struct run *r, const struct tracee *t, const struct task *task, const struct backtrace *bt)
{
	struct recursion rec;
	struct regs regs;
	const struct abi *abi;

	if (!backtrace_recursion(bt, &rec) || facts_regs(r, t->tid, &regs, &abi) != 0)
		return 0;
	taddr end = stack_end(r, t, task, regs.sp);
	return end ? creators_depth(r->creators, t->tid, bt, regs.sp, end) : 0;
}

void fault_look(struct run *r, const struct tracee *t, const struct task *task, struct ev_signal *s,
	struct backtrace *bt, struct fault_verdict *verdict)
{
	bool judged = s->sig == SIGSEGV || s->sig == SIGBUS;

	if (!s->fatal && !(judged && may_overflow(r, t, task, s)))
		return;
	if (r->creators) {
		creators_backtrace(r->creators, (struct task_ids){ t->tid, t->tgid }, false, bt);
		s->bt = bt;
		s->deep = depth_of(r, t, task, bt);
	}
	if (!judged)
		return;
	explain(r, t, task, s, verdict);
	s->verdict = verdict;
	if (!s->fatal && !fault_is_overflow(verdict->kind)) {
		s->verdict = NULL;
		s->bt = NULL;
		s->deep = 0;
	}
}

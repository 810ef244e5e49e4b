/* SPDX-License-Identifier: MIT */
#include <thrtrace/fault.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <thrtrace/page.h>

/* Addresses below this are fields of a null struct: nothing is mapped there by default (vm.mmap_min_addr). */
#define NULL_MAX ((taddr)65536)
/* How far below sp a function may touch: its red zone (128 bytes, x86-64 psABI) and what it pushes next. */
#define BELOW_SP ((taddr)PAGE_BYTES_LEAST)

static bool inside(const struct fault_area *a, taddr addr)
{
	return addr >= a->low && addr < a->high;
}

static bool in_guard(const struct fault_area *a, taddr addr)
{
	return addr >= a->guard_low && addr - a->guard_low < a->guard_bytes;
}

static const struct fault_area *find(const struct fault_area *area, size_t n, taddr addr)
{
	for (size_t i = 0; i < n; i++)
		if (inside(&area[i], addr) || in_guard(&area[i], addr))
			return &area[i];
	return NULL;
}

/* "64 KiB", "1 MiB", "8 bytes" */
static const char *size_text(uint64_t bytes, char buf[32])
{
	if (bytes >= 1024 * 1024 && bytes % (1024 * 1024) == 0)
		(void)snprintf(buf, 32, "%" PRIu64 " MiB", bytes >> 20);
	else if (bytes >= 4 * 1024)
		(void)snprintf(buf, 32, "%" PRIu64 " KiB", bytes >> 10);
	else
		(void)snprintf(buf, 32, "%" PRIu64 " byte%s", bytes, bytes == 1 ? "" : "s");
	return buf;
}

static bool null_call(const struct fault_facts *f, struct fault_verdict *ret)
{
	if (f->pc >= NULL_MAX || f->pc != f->addr)
		return false;
	ret->kind = FAULT_NULL_CALL;
	(void)snprintf(
		ret->text, sizeof(ret->text), "call through a null function pointer (pc is %#" PRIx64 ")", f->pc);
	(void)snprintf(ret->repair, sizeof(ret->repair),
		"the caller is the next frame: find where that pointer should have been set");
	return true;
}

static bool guard(const struct fault_facts *f, struct fault_verdict *ret)
{
	char past[32], size[32], guard_size[32];

	if (!f->own_known || !in_guard(&f->own, f->addr))
		return false;
	ret->kind = FAULT_GUARD;
	ret->past = f->own.low - f->addr;
	(void)snprintf(ret->text, sizeof(ret->text),
		"stack overflow: the fault is %s into its guard of %s; its stack is %s", size_text(ret->past, past),
		size_text(f->own.guard_bytes, guard_size), size_text(f->own.high - f->own.low, size));
	(void)snprintf(ret->repair, sizeof(ret->repair),
		"less depth or smaller local arrays, or a larger stack: pthread_attr_setstacksize");
	return true;
}

/* sp itself has left the stack: a large array or alloca moved it, and the next store hit what lies there. */
static bool jumped(const struct fault_facts *f, struct fault_verdict *ret)
{
	char past[32], guard_size[32];

	if (!f->own_known || f->own_grows || f->sp >= f->own.low || f->addr >= f->own.low || f->addr + BELOW_SP < f->sp)
		return false;
	/* A stack pointer that is nowhere near is not an overflow, but garbage, or another stack. */
	if (f->own.low - f->sp > (uint64_t)1 << 30 || find(f->old, f->n_old, f->sp))
		return false;
	const struct fault_area *hit = find(f->other, f->n_other, f->addr);
	ret->kind = FAULT_JUMPED_GUARD;
	ret->past = f->own.low - f->addr;
	int n = snprintf(ret->text, sizeof(ret->text),
		"stack overflow that jumped the guard: the fault is %s below the stack, the guard is %s",
		size_text(ret->past, past), f->own.guard_bytes ? size_text(f->own.guard_bytes, guard_size) : "missing");
	if (hit && n > 0 && (size_t)n < sizeof(ret->text))
		(void)snprintf(ret->text + n, sizeof(ret->text) - (size_t)n, "; it hit T%" PRIu32 "'s", hit->label);
	(void)snprintf(ret->repair, sizeof(ret->repair),
		"no large local arrays or alloca; -fstack-clash-protection makes the guard catch them, "
		"pthread_attr_setguardsize widens it");
	return true;
}

static bool stack_limit(const struct fault_facts *f, struct fault_verdict *ret)
{
	char size[32];

	if (!f->own_known || !f->own_grows || f->addr >= f->own.low || f->sp > f->own.low + BELOW_SP ||
		f->addr + BELOW_SP < f->sp || f->own.low - f->addr > (uint64_t)1 << 30)
		return false;
	ret->kind = FAULT_STACK_LIMIT;
	ret->past = f->own.low - f->addr;
	(void)snprintf(ret->text, sizeof(ret->text),
		"stack overflow of the main thread: its stack is %s and may not grow further",
		size_text(f->own.high - f->own.low, size));
	(void)snprintf(ret->repair, sizeof(ret->repair), "less depth, or a larger limit: ulimit -s, RLIMIT_STACK");
	return true;
}

static bool dead(const struct fault_facts *f, struct fault_verdict *ret)
{
	const struct fault_area *tls = find(f->tls, f->n_tls, f->addr), *old = find(f->old, f->n_old, f->addr);

	if (!tls && !old)
		return false;
	ret->kind = tls ? FAULT_DEAD_TLS : FAULT_OLD_STACK;
	ret->whose = tls ? tls->label : old->label;
	if (tls)
		(void)snprintf(ret->text, sizeof(ret->text),
			"use of a thread-local variable, or the thread structure, of T%" PRIu32 ", which is gone",
			ret->whose);
	else
		(void)snprintf(ret->text, sizeof(ret->text),
			"use of the stack of T%" PRIu32 ", which is gone (%" PRIu64 " bytes below its top)", ret->whose,
			old->high - f->addr);
	(void)snprintf(ret->repair, sizeof(ret->repair),
		"do not hand out addresses of a thread's %s, or join it before its memory is freed",
		tls ? "thread-local variables" : "local variables");
	return true;
}

static bool null_pointer(const struct fault_facts *f, struct fault_verdict *ret)
{
	if (f->addr >= NULL_MAX)
		return false;
	ret->kind = FAULT_NULL_POINTER;
	(void)snprintf(ret->text, sizeof(ret->text),
		f->addr ? "access through a null pointer, %" PRIu64 " bytes behind it" :
			  "access through a null pointer",
		f->addr);
	return true;
}

void fault_judge(const struct fault_facts *f, struct fault_verdict *ret)
{
	*ret = (struct fault_verdict){ .kind = FAULT_NONE };
	/* Only a real fault's codes carry an address: SI_KERNEL stands for one that is not canonical. */
	if ((f->sig != SIGSEGV && f->sig != SIGBUS) || f->code <= 0 || f->code == SI_KERNEL)
		return;
	if (null_call(f, ret) || guard(f, ret) || jumped(f, ret) || stack_limit(f, ret) || dead(f, ret))
		return;
	(void)null_pointer(f, ret);
}

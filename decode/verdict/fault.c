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

/* ---- pc is where no code is ---- */

static bool no_code(const struct fault_facts *f, struct fault_verdict *ret)
{
	if (f->pc >= NULL_MAX || f->pc != f->addr)
		return false;
	if (f->way == WAY_RETURN || f->way == WAY_LINK) {
		ret->kind = FAULT_EMPTY_RETURN;
		(void)snprintf(ret->text, sizeof(ret->text),
			"return to %#" PRIx64 ": its %s held no address to return to", f->pc,
			f->way == WAY_LINK ? "link register" : "stack");
		(void)snprintf(ret->repair, sizeof(ret->repair),
			"a function that nothing called must not return, and no two threads, and no two handlers, may "
			"run on one stack");
		return true;
	}
	ret->kind = FAULT_NULL_CALL;
	(void)snprintf(
		ret->text, sizeof(ret->text), "call through a null function pointer (pc is %#" PRIx64 ")", f->pc);
	(void)snprintf(ret->repair, sizeof(ret->repair),
		"the caller is the next frame: find where that pointer should have been set");
	return true;
}

static bool gone_code(const struct fault_facts *f, struct fault_verdict *ret)
{
	if (!f->gone_module || f->pc != f->addr || f->at != PLACE_NOTHING)
		return false;
	ret->kind = FAULT_GONE_CODE;
	(void)snprintf(ret->text, sizeof(ret->text), "it ran code of %s, which is no longer mapped", f->gone_module);
	(void)snprintf(ret->repair, sizeof(ret->repair),
		"no dlclose while a thread runs the library's code, or is to return to it: join it first");
	return true;
}

/* ---- stack overflows ---- */

static void advise_room(const struct fault_facts *f, struct fault_verdict *ret, const char *larger)
{
	(void)snprintf(ret->repair, sizeof(ret->repair), "%s, or a larger stack%s",
		f->frames_known && !f->recurses ? "smaller local arrays (its frames show no recursion)" :
						  "less depth or smaller local arrays",
		larger);
}

/* Where nothing is mapped there was a guard, and is none: its place was unmapped, or taken. */
static bool has_guard(const struct fault_facts *f, const struct fault_area *a)
{
	return a->guard_bytes && !(in_guard(a, f->addr) && (f->at == PLACE_NOTHING || f->at == PLACE_WRITABLE));
}

static bool guard(const struct fault_facts *f, struct fault_verdict *ret)
{
	char past[32], size[32], guard_size[32];

	if (!f->own_known || !in_guard(&f->own, f->addr) || !has_guard(f, &f->own))
		return false;
	ret->kind = FAULT_GUARD;
	ret->past = f->own.low - f->addr;
	(void)snprintf(ret->text, sizeof(ret->text),
		"stack overflow: the fault is %s into its guard of %s; its stack is %s", size_text(ret->past, past),
		size_text(f->own.guard_bytes, guard_size), size_text(f->own.high - f->own.low, size));
	advise_room(f, ret, ": pthread_attr_setstacksize");
	return true;
}

/* It ran on something else than its stack: what lies below that says nothing of the thread's own. */
static bool other_guard(const struct fault_facts *f, struct fault_verdict *ret)
{
	const struct fault_area *a = &f->sp_area;
	char past[32], guard_size[32];

	if (!f->sp_elsewhere || f->addr >= a->low || f->at == PLACE_WRITABLE ||
		a->low - f->addr > (a->guard_bytes ? a->guard_bytes : BELOW_SP))
		return false;
	ret->kind = FAULT_OTHER_GUARD;
	ret->past = a->low - f->addr;
	int n = snprintf(ret->text, sizeof(ret->text),
		"overflow of another stack than its own: it ran on %#" PRIx64 "-%#" PRIx64
		", a fiber's or a signal handler's, and the fault is %s ",
		a->low, a->high, size_text(ret->past, past));
	if (n > 0 && (size_t)n < sizeof(ret->text) && a->guard_bytes)
		(void)snprintf(ret->text + n, sizeof(ret->text) - (size_t)n, "into the guard of %s below it",
			size_text(a->guard_bytes, guard_size));
	else if (n > 0 && (size_t)n < sizeof(ret->text))
		(void)snprintf(ret->text + n, sizeof(ret->text) - (size_t)n, "below it; it has no guard");
	advise_room(f, ret, " for what ran there (makecontext, sigaltstack, the runtime's own option)");
	return true;
}

static bool is_near(const struct fault_facts *f)
{
	/* A stack pointer that is nowhere near is not an overflow, but garbage, or another stack. */
	return f->addr < f->own.low && f->addr + BELOW_SP >= f->sp &&
		(f->sp >= f->own.low || f->own.low - f->sp <= (uint64_t)1 << 30) && !find(f->old, f->n_old, f->sp);
}

static bool no_guard(const struct fault_facts *f, struct fault_verdict *ret)
{
	char past[32], size[32];

	if (!f->own_known || f->own_grows || has_guard(f, &f->own) || !is_near(f) || f->sp > f->own.low + BELOW_SP ||
		find(f->other, f->n_other, f->addr))
		return false;
	ret->kind = FAULT_NO_GUARD;
	ret->past = f->own.low - f->addr;
	(void)snprintf(ret->text, sizeof(ret->text),
		"stack overflow: the fault is %s below its stack of %s, which has no guard", size_text(ret->past, past),
		size_text(f->own.high - f->own.low, size));
	advise_room(f, ret, ": pthread_attr_setstacksize");
	return true;
}

/* sp itself has left the stack: a large array or alloca moved it, and the next store hit what lies there. */
static bool jumped(const struct fault_facts *f, struct fault_verdict *ret)
{
	char past[32], guard_size[32];

	if (!f->own_known || f->own_grows || f->sp >= f->own.low || !is_near(f))
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

/* ---- memory that is gone ---- */

static bool gone_stack(const struct fault_facts *f, taddr addr, struct fault_verdict *ret)
{
	if (!f->own_known || !inside(&f->own, addr) || f->at != PLACE_NOTHING)
		return false;
	ret->kind = FAULT_GONE_STACK;
	int n = snprintf(ret->text, sizeof(ret->text),
		"its own stack is no longer mapped: it was unmapped while the thread lived");
	if (f->unmapped_by && n > 0 && (size_t)n < sizeof(ret->text))
		(void)snprintf(ret->text + n, sizeof(ret->text) - (size_t)n, ", by T%" PRIu32, f->unmapped_by - 1);
	(void)snprintf(ret->repair, sizeof(ret->repair), "keep a stack mapped until its thread is gone: join it first");
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

static void add_handler(const struct fault_facts *f, struct fault_verdict *ret)
{
	size_t n = strlen(ret->text);

	if (f->handled)
		(void)snprintf(ret->text + n, sizeof(ret->text) - n, "; the program has a handler for it");
}

void fault_judge(const struct fault_facts *f, struct fault_verdict *ret)
{
	*ret = (struct fault_verdict){ .kind = FAULT_NONE };
	if (f->sig != SIGSEGV && f->sig != SIGBUS)
		return;
	/* The kernel itself could not write there: a signal's frame, or an rseq area that went with the stack. */
	if (f->code == SI_KERNEL)
		(void)gone_stack(f, f->sp, ret);
	/* Only a real fault's codes carry an address: SI_KERNEL stands for one that is not canonical, too. */
	if (f->code <= 0 || f->code == SI_KERNEL)
		return;
	if (no_code(f, ret) || gone_code(f, ret) || guard(f, ret) || other_guard(f, ret) || no_guard(f, ret) ||
		jumped(f, ret) || stack_limit(f, ret) || gone_stack(f, f->addr, ret) || dead(f, ret) ||
		null_pointer(f, ret))
		add_handler(f, ret);
}

bool fault_is_overflow(enum fault_kind kind)
{
	return kind == FAULT_GUARD || kind == FAULT_NO_GUARD || kind == FAULT_OTHER_GUARD ||
		kind == FAULT_JUMPED_GUARD || kind == FAULT_STACK_LIMIT;
}

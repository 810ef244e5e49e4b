/* SPDX-License-Identifier: MIT */
#include <thrtrace/birthcheck.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include <thrtrace/uapi.h>

/* A stack pointer so near to the low end is no stack: the first frames do not fit. */
#define LOW_END ((uint64_t)512)

struct list {
	struct birth_finding *finding;
	size_t n;
};

THR_PRINTF(4, 5)
static void add(struct list *l, const char *kind, const char *repair, const char *fmt, ...)
{
	va_list args;

	if (l->n == BIRTH_FINDINGS)
		return;
	struct birth_finding *f = &l->finding[l->n++];
	f->kind = kind;
	f->repair = repair;
	va_start(args, fmt);
	(void)vsnprintf(f->why, sizeof(f->why), fmt, args);
	va_end(args);
}

/* What lies behind the end of user addresses, such as what sign extension makes, is the kernel's. */
static bool canonical(const struct birth_check *c, taddr addr)
{
	return !c->user_end || addr < c->user_end;
}

static void check_tls(const struct birth_check *c, struct list *l)
{
	bool same = c->tls_known && c->creator_tls_known && c->tls == c->creator_tls;

	if (!(c->flags & CLONE_VM_) || (c->flags & CLONE_VFORK_))
		return;
	if (!(c->flags & CLONE_SETTLS_)) {
		/* Copied from the creator: fine only for code that has no thread-local variable, errno being one. */
		if (c->creator_tls_known && c->creator_tls)
			add(l, "tls-missing",
				"pass CLONE_SETTLS with a thread structure of its own, or call nothing of libc in it",
				"no CLONE_SETTLS: it shares its creator's thread pointer %#" PRIx64
				", so both have the same errno, stack protector and pthread_self()",
				c->creator_tls);
		return;
	}
	if (!c->tls_known)
		return;
	if (!canonical(c, c->tls))
		add(l, "tls-noncanonical", "pass the address of the new thread's structure as tls",
			"tls %#" PRIx64 " is no user address", c->tls);
	else if (c->tls_mapped == BIRTH_TLS_UNMAPPED)
		add(l, "tls-unmapped", "pass the address of mapped memory as tls",
			"nothing is mapped at its tls %#" PRIx64 ": the first use of a thread-local variable faults",
			c->tls);
	else if (same && c->tls)
		add(l, "tls-shared", "give each thread a thread structure of its own",
			"CLONE_SETTLS with its creator's own tls %#" PRIx64
			": both have the same thread-local variables",
			c->tls);
}

static void check_place(const struct birth_check *c, struct list *l)
{
	bool given = c->stack_high > c->stack_low;

	if (given && (c->sp < c->stack_low || c->sp > c->stack_high))
		add(l, "sp-outside", "pass the lowest address and the size to clone3, the highest address to clone",
			"its stack pointer %#" PRIx64 " lies outside the stack it was given, %#" PRIx64 "-%#" PRIx64,
			c->sp, c->stack_low, c->stack_high);
	else if (given ? c->sp - c->stack_low < LOW_END && c->stack_high - c->stack_low > LOW_END :
			 c->map_low && c->sp_mapped && c->sp - c->map_low < LOW_END)
		add(l, "sp-low-end", "clone takes the stack's highest address: stacks grow down",
			"its stack pointer %#" PRIx64 " is at the low end of its stack: the first calls run out of it",
			c->sp);
	if (c->sp_mapped_known && (!c->sp_mapped || !c->sp_writable))
		add(l, "sp-unmapped",
			"keep a stack mapped until its thread is gone; clone takes the highest address of it",
			"below its stack pointer %#" PRIx64 " there is no %s memory: its first push faults", c->sp,
			c->sp_mapped ? "writable" : "mapped");
}

static void check_sharing(const struct birth_check *c, struct list *l)
{
	bool creators = c->creator_high > c->creator_low && c->sp > c->creator_low && c->sp <= c->creator_high;

	if (!(c->flags & CLONE_VM_) || (c->flags & CLONE_VFORK_))
		return;
	if (c->creator_sp && c->sp == c->creator_sp)
		add(l, "sp-creators", "give it memory of its own as stack",
			"it runs on its creator's very stack, at %#" PRIx64 ": each overwrites the other's frames",
			c->sp);
	else if (creators)
		add(l, "sp-in-creators-stack",
			"memory from mmap lives until it is unmapped; a local array only until its function returns",
			"its stack pointer %#" PRIx64 " lies in its creator's stack, %#" PRIx64 "-%#" PRIx64, c->sp,
			c->creator_low, c->creator_high);
	if (c->stack_user)
		add(l, "stack-shared", "one stack for each live thread",
			"T%" PRIu32 " is alive and runs on the same stack: they overwrite each other's frames",
			c->stack_user - 1);
}

size_t birthcheck(const struct birth_check *c, struct birth_finding ret[BIRTH_FINDINGS])
{
	struct list l = { .finding = ret };

	if (c->sp_known) {
		if (c->flags & CLONE_VM_ && !(c->flags & CLONE_VFORK_ && c->sp == c->creator_sp))
			check_place(c, &l);
		check_sharing(c, &l);
		/* Wrappers may push what the child pops (glibc 16 bytes, musl 8): only a word's alignment is certain.
		 */
		if (c->align && c->sp % 8 != 0 && c->sp != c->creator_sp)
			add(&l, "sp-unaligned", "round the stack's top down to a multiple of 16",
				"its stack pointer %#" PRIx64
				" is not aligned to %u bytes, as the ABI asks: SSE instructions will fault",
				c->sp, c->align);
	}
	check_tls(c, &l);
	return l.n;
}

bool birthcheck_wait_in_vain(const struct wait_check *c, struct birth_finding *ret)
{
	static const char kind[] = "wait-in-vain",
			  repair[] = "create it with CLONE_CHILD_CLEARTID and this address as child_tid";
	struct list l = { .finding = ret };

	if (c->addr != c->named[0] && c->addr != c->named[1])
		return false;
	if (!c->clear_tid)
		add(&l, kind, repair, "T%" PRIu32 " %s: the kernel wakes no wait on %#" PRIx64, c->label,
			c->ended ? "has ended, and had no word to clear" :
				   "has no word to clear at its end, as it stands",
			c->addr);
	else if (c->clear_tid != c->addr)
		add(&l, kind, repair, "T%" PRIu32 " %s, %#" PRIx64 ": the kernel wakes no wait on %#" PRIx64, c->label,
			c->ended ? "has ended, and cleared another word" :
				   "clears another word at its end, as it stands",
			c->clear_tid, c->addr);
	else if (c->private_futex && !c->ended)
		add(&l, kind, "wait without FUTEX_PRIVATE_FLAG",
			"T%" PRIu32 " clears this word (%#" PRIx64
			") at its end, but the kernel's wake is for shared futexes and this wait is private",
			c->label, c->addr);
	return l.n != 0;
}

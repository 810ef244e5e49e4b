/* SPDX-License-Identifier: MIT */
/*
 * Every C library lays out a thread's stack in its own way, and the kernel knows none of them: it gets a stack
 * pointer. Bounds come from the best of three sources: the mmap that made the block (seen), clone3's base and size,
 * and the mapping around the stack pointer. The guard comes from the calls seen, else from the mapping below, else
 * from the page tables (MADV_GUARD leaves no trace in /proc/PID/maps, and neighbouring stacks then merge into one
 * mapping: so a mapping's bounds are the last resort).
 */
#include "model/stack.h"

#include <thrtrace/page.h>
#include <thrtrace/uapi.h>

/* Memory of no file, and not of the kernel's or malloc's making. */
static bool is_plain(const struct vma *v)
{
	return v->inode == 0 && v->name[0] != '[';
}

static bool no_access(const struct vma *v)
{
	return !(v->prot & (VMA_READ | VMA_WRITE | VMA_EXEC));
}

/* What lies right below a stack and can't be overrun: it has no access, or none to write. */
static bool guards(const struct vma *below, taddr low)
{
	return below->high == low && (no_access(below) || (is_plain(below) && !(below->prot & VMA_WRITE)));
}

/* The guard right below `low`, as the mappings and page tables show it. */
static void guard_from_facts(struct stack_area *s, const struct birth_facts *f, taddr block)
{
	if (f->madv_guard) {
		s->guard = GUARD_MADVISE;
		s->guard_low = s->low;
		s->guard_bytes = f->madv_guard;
		s->low += f->madv_guard;
	} else if (f->madv_below) {
		s->guard = GUARD_MADVISE;
		s->guard_low = s->low - f->madv_below;
		s->guard_bytes = f->madv_below;
	} else if (f->below_known && guards(&f->below_sp, s->low)) {
		/*
		 * The mapping below may be one with a neighbour's guard; the block's own start, where known, says
		 * where this one begins.
		 */
		s->guard = no_access(&f->below_sp) ? GUARD_PROT_NONE : GUARD_READ_ONLY;
		s->guard_low = block > f->below_sp.low && block < s->low ? block : f->below_sp.low;
		s->guard_bytes = s->low - s->guard_low;
	} else {
		s->guard = GUARD_NONE;
	}
}

static void from_area(struct stack_area *s, const struct area *a, const struct birth_facts *f)
{
	s->kind = a->used && a->made_seen ? STACK_CACHED : STACK_OWN_MAPPING;
	s->source = a->made_ns ? "the mmap that made it" : "the mapping around its stack pointer";
	s->low = a->usable;
	s->high = a->high;
	if (a->runtime_guard) {
		s->guard = GUARD_RUNTIME;
		s->guard_low = a->low;
		s->guard_bytes = a->runtime_guard - a->low;
		s->low = a->runtime_guard;
	} else if (a->madv_guard) {
		s->guard = GUARD_MADVISE;
		s->guard_low = a->low;
		s->guard_bytes = a->madv_guard;
		s->low = a->low + a->madv_guard;
	} else if (a->usable > a->low) {
		s->guard = GUARD_PROT_NONE;
		s->guard_low = a->low;
		s->guard_bytes = a->usable - a->low;
	} else if (f->at_sp_known) {
		guard_from_facts(s, f, a->low);
	}
}

/*
 * What C libraries put above a new thread's stack pointer: a few words, and where the thread-local storage follows,
 * that and their own record of the thread.
 */
#define ABOVE_SP  PAGE_BYTES_LEAST
#define ABOVE_TLS ((uint64_t)256 << 10)

static taddr later(taddr a, taddr b)
{
	return a > b ? a : b;
}

/* Does a range that ends at `high` go on far above the stack that clone was given: is that but a piece of it? */
static bool goes_on_above(taddr high, const struct call_clone *c)
{
	taddr top = call_clone_sp(c), tls = c->flags & CLONE_SETTLS_ ? call_clone_tls(c) : 0;

	if (tls >= top && tls < high)
		return high - tls > ABOVE_TLS;
	return high - top > ABOVE_SP;
}

/* A program may cut one mapping into several stacks. */
static bool is_piece(const struct area *a, const struct call_clone *c)
{
	if (c->via == VIA_CLONE3 && c->stack > later(later(a->usable, a->runtime_guard), a->low + a->madv_guard))
		return true;
	return goes_on_above(a->high, c);
}

/* Do the mappings show the guard that calls have told of? */
static bool guard_holds(const struct area *a, taddr open, const struct birth_facts *f)
{
	if (a->madv_guard && open == a->low)
		return !f->madv_known || f->madv_at != a->low || f->madv_guard >= a->madv_guard;
	return open == a->low ||
		(f->at_sp.low == open && f->below_known && guards(&f->below_sp, open) && f->below_sp.low <= a->low);
}

bool stack_area_holds(const struct area *a, const struct ev_birth *b)
{
	const struct birth_facts *f = &b->facts;
	taddr open = later(a->usable, a->runtime_guard), sp = call_clone_sp(&b->args);

	if (a->mark)
		return true;
	if (a->arranged || sp <= open || is_piece(a, &b->args))
		return false;
	if (!f->at_sp_known)
		return true;
	return (f->at_sp.prot & VMA_WRITE) && f->at_sp.low <= open && f->at_sp.high >= a->high &&
		guard_holds(a, open, f);
}

/*
 * Neighbouring stacks may be one mapping. clone3's range ends where the C library has put TLS and its own record of the
 * thread; on x86 these reach from a little below the TLS base to the block's end, less than a page above it.
 */
static taddr block_end(const struct call_clone *c, taddr mapping_end, uint64_t page)
{
	taddr end = c->stack + c->stack_size;

	if ((c->flags & CLONE_SETTLS_) && call_clone_tls(c) >= end && call_clone_tls(c) < mapping_end)
		end = call_clone_tls(c) + 1;
	return page_round_up(end, page);
}

static const char no_lower_end[] =
	"it lies inside another mapping of the program, and clone(2) tells the kernel no lower end";

void stack_is_piece(struct stack_area *s)
{
	*s = (struct stack_area){ .kind = STACK_CALLER, .sp = s->sp, .guard = GUARD_UNKNOWN, .unknown = no_lower_end };
}

static void from_mapping(struct stack_area *s, const struct ev_birth *b, uint64_t page)
{
	const struct birth_facts *f = &b->facts;
	bool clone3 = b->args.via == VIA_CLONE3;

	if (!f->at_sp_known) {
		s->low = clone3 ? b->args.stack : 0;
		s->high = clone3 ? b->args.stack + b->args.stack_size : 0;
		s->source = clone3 ? "clone3's stack and stack_size" : NULL;
		s->unknown = "no mapping could be read around its stack pointer";
		return;
	}
	/* One whose low end is guarded by madvise is stacks in any case, be it several. */
	bool piece = !clone3 && !f->madv_guard && goes_on_above(f->at_sp.high, &b->args);
	if (!is_plain(&f->at_sp) || !(f->at_sp.prot & VMA_WRITE) || piece) {
		s->kind = STACK_CALLER;
		s->low = clone3 ? b->args.stack : 0;
		s->high = clone3 ? b->args.stack + b->args.stack_size : 0;
		s->source = clone3 ? "clone3's stack and stack_size" : NULL;
		/* The lowest of several pieces that became one mapping may have one. */
		s->guard = piece && is_plain(&f->at_sp) ? GUARD_UNKNOWN : GUARD_NONE;
		if (!clone3)
			s->unknown = no_lower_end;
		return;
	}
	s->low = f->at_sp.low;
	s->high = f->at_sp.high;
	s->source = "the mapping around its stack pointer";
	s->kind = STACK_OWN_MAPPING;
	taddr block = 0;
	if (clone3) {
		/* glibc passes the block's start, guard included; another runtime may pass a part of a mapping. */
		block = b->args.stack;
		if (block > s->low) {
			s->low = block;
			s->kind = STACK_CALLER;
			s->source = "clone3's stack, and the mapping's end";
		}
		taddr end = block_end(&b->args, s->high, page);
		if (end < s->high) {
			s->high = end;
			s->source = "clone3's stack and the TLS above it";
		}
	}
	guard_from_facts(s, f, block);
	if (s->guard == GUARD_NONE && s->kind == STACK_OWN_MAPPING)
		s->kind = STACK_CALLER;
	else if (s->guard == GUARD_MADVISE)
		s->kind = STACK_OWN_MAPPING;
}

void stack_find(
	struct stack_area *ret, const struct ev_birth *b, const struct area *a, enum libc_kind libc, uint64_t page)
{
	struct stack_area s = { .kind = STACK_UNKNOWN, .sp = call_clone_sp(&b->args) };

	if (b->kind == BIRTH_IO_WORKER) {
		s.kind = STACK_NO_USER;
		s.guard = GUARD_NONE;
	} else if (b->kind == BIRTH_CALL || b->kind == BIRTH_UNTRACED) {
		if (!(b->args.flags & CLONE_VM_)) {
			s.kind = STACK_COPY;
			s.guard = GUARD_UNKNOWN;
		} else if (s.sp == 0) {
			s.kind = STACK_CREATORS;
			s.guard = GUARD_UNKNOWN;
		} else if (libc == LIBC_GO && b->args.via != VIA_CLONE3) {
			s.kind = STACK_HEAP;
			s.guard = GUARD_NONE;
			s.unknown = "Go gives clone a piece of its heap: no mapping of its own, no guard page";
		} else if (a) {
			from_area(&s, a, &b->facts);
		} else {
			from_mapping(&s, b, page);
		}
	}
	*ret = s;
}

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

static bool dedicated(const struct vma *v)
{
	return v->inode == 0 && v->name[0] != '[' && (v->prot & VMA_WRITE);
}

/* The guard right below `low`, as the mappings and page tables show it. */
static void guard_from_facts(struct stack_area *s, const struct birth_facts *f, taddr block)
{
	if (f->madv_guard) {
		s->guard = GUARD_MADVISE;
		s->guard_low = s->low;
		s->guard_bytes = f->madv_guard;
		s->low += f->madv_guard;
	} else if (f->below_known && f->below_sp.high == s->low &&
		!(f->below_sp.prot & (VMA_READ | VMA_WRITE | VMA_EXEC))) {
		/*
		 * The mapping below may be one with a neighbour's guard; the block's own start, where known, says
		 * where this one begins.
		 */
		s->guard = GUARD_PROT_NONE;
		s->guard_low = block > f->below_sp.low ? block : f->below_sp.low;
		s->guard_bytes = s->low - s->guard_low;
	} else {
		s->guard = GUARD_NONE;
	}
}

static void from_area(struct stack_area *s, const struct area *a, const struct birth_facts *f)
{
	s->kind = a->used ? STACK_CACHED : STACK_OWN_MAPPING;
	s->source = "the mmap that made it";
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
 * Is the area, which calls have told of, still what the mapping shows? Not when the block was unmapped unseen and
 * something else lies there now.
 */
static bool area_holds(const struct area *a, const struct birth_facts *f)
{
	if (!f->at_sp_known)
		return true;
	return (f->at_sp.prot & VMA_WRITE) &&
		f->at_sp.low <= (a->usable > a->runtime_guard ? a->usable : a->runtime_guard) &&
		f->at_sp.high >= a->high;
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

static void from_mapping(struct stack_area *s, const struct ev_birth *b, enum libc_kind libc, uint64_t page)
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
	if (libc == LIBC_GO && !clone3) {
		s->kind = STACK_HEAP;
		s->guard = GUARD_NONE;
		s->unknown = "Go gives clone a piece of its heap: no mapping of its own, no guard page";
		return;
	}
	if (!dedicated(&f->at_sp)) {
		s->kind = STACK_CALLER;
		s->low = clone3 ? b->args.stack : 0;
		s->high = clone3 ? b->args.stack + b->args.stack_size : 0;
		s->source = clone3 ? "clone3's stack and stack_size" : NULL;
		s->guard = GUARD_NONE;
		if (!clone3)
			s->unknown = "it lies inside another mapping of the program, and clone(2) tells the kernel no "
				     "lower end";
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
		} else if (a && area_holds(a, &b->facts)) {
			from_area(&s, a, &b->facts);
		} else {
			from_mapping(&s, b, libc, page);
		}
	}
	*ret = s;
}

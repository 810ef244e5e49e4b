/* SPDX-License-Identifier: MIT */
#include <thrtrace/stack_attached.h>

#include <string.h>

#include <thrtrace/page.h>

/*
 * From the TLS base, or the head of the robust list, to the end of the block: struct pthread, static TLS (aarch64), and
 * no more.
 */
#define END_REACH (256U << 10)
#define BLOCK_MAX (1ULL << 40)

/* glibc: stackblock, stackblock_size, guardsize, reported_guardsize (nptl/descr.h). */
static bool glibc_record(struct stack_record *r, const uint64_t w[4])
{
	if (w[2] >= w[1] || w[3] >= w[1])
		return false;
	r->guard_bytes = w[2];
	return true;
}

/* musl: map_base, map_size, stack (its top), stack_size (src/internal/pthread_impl.h). */
static bool musl_record(struct stack_record *r, const uint64_t w[4])
{
	if (w[2] <= w[0] || w[2] > w[0] + w[1] || w[3] == 0 || w[3] > w[2] - w[0])
		return false;
	r->guard_bytes = w[2] - w[3] - w[0];
	r->musl_top = w[2];
	return true;
}

static bool record_at(struct stack_record *r, const uint64_t w[4], taddr near)
{
	*r = (struct stack_record){ .found = true, .low = w[0], .high = w[0] + w[1] };
	if (w[1] < PAGE_BYTES_LEAST || w[1] > BLOCK_MAX || r->high < r->low || near <= r->low || near > r->high ||
		r->high - near > END_REACH)
		return false;
	return (musl_record(r, w) || glibc_record(r, w)) && r->guard_bytes < w[1] - (r->high - near);
}

void stack_record_find(struct stack_record *ret, const uint64_t *words, size_t n, taddr near)
{
	struct stack_record r;

	*ret = (struct stack_record){ 0 };
	for (size_t i = 0; i + 4 <= n; i++) {
		if (!record_at(&r, words + i, near))
			continue;
		if (ret->found && (ret->low != r.low || ret->high != r.high)) {
			*ret = (struct stack_record){ 0 };
			return;
		}
		if (!ret->found)
			*ret = r;
		i += 3; /* musl's last two words alone would pass for another one */
	}
}

bool stack_record_fits(const struct stack_record *rec, const struct birth_facts *f, bool first_thread)
{
	return rec->found && (!first_thread || !f->regs_known || (f->sp >= rec->low && f->sp < rec->high));
}

taddr stack_record_base(const uint64_t *words, size_t n, taddr at)
{
	taddr found = 0;

	for (size_t i = 0; i + 3 <= n; i++) {
		if (words[i] != at + 8 * i || words[i + 2] != words[i])
			continue;
		if (found)
			return 0;
		found = words[i];
	}
	return found;
}

taddr stack_attached_probe(
	const struct birth_facts *f, const struct stack_record *rec, bool first_thread, enum libc_kind libc)
{
	if (rec->found)
		return rec->low;
	/*
	 * A signal handler or a coroutine may have sp elsewhere; a library's record of the thread lies on its stack's
	 * top.
	 */
	if (!first_thread && libc != LIBC_GO && f->tp_known && f->tp)
		return f->tp - 1;
	return f->regs_known ? f->sp : 0;
}

static bool no_access(const struct vma *v)
{
	return !(v->prot & (VMA_READ | VMA_WRITE | VMA_EXEC));
}

/* A guard that ends where the stack begins. */
static bool guard_below(struct stack_area *s, const struct birth_facts *f, taddr low)
{
	bool mapped = f->below_known && f->at_sp.low == low && f->below_sp.high == low && !no_access(&f->at_sp);

	if (!f->madv_guard && f->madv_below) {
		s->guard = GUARD_MADVISE;
		s->guard_bytes = f->madv_below;
	} else if (mapped && no_access(&f->below_sp)) {
		s->guard = GUARD_PROT_NONE;
		s->guard_bytes = low - f->below_sp.low;
	} else if (mapped && !(f->below_sp.prot & VMA_WRITE) && f->below_sp.inode == 0 && f->below_sp.name[0] != '[') {
		s->guard = GUARD_READ_ONLY;
		s->guard_bytes = low - f->below_sp.low;
	} else {
		return false;
	}
	s->guard_low = low - s->guard_bytes;
	return true;
}

/* The guard by the library's record, held against the mapping at the block's low end, which at_sp is. */
static void guard_of_record(struct stack_area *s, const struct birth_facts *f, const struct stack_record *rec)
{
	uint64_t bytes = rec->guard_bytes;

	s->guard = GUARD_NONE;
	s->low = rec->low;
	if (!f->at_sp_known) {
		s->guard = GUARD_UNKNOWN;
		s->low = rec->low + bytes;
		return;
	}
	if (!bytes && guard_below(s, f, rec->low)) /* the program's own memory, guarded by the program */
		return;
	if (f->madv_guard) {
		s->guard = GUARD_MADVISE;
		bytes = f->madv_guard;
	} else if (no_access(&f->at_sp) && bytes) {
		s->guard = GUARD_PROT_NONE;
	} else if (no_access(&f->at_sp) &&
		f->at_sp.high < rec->high) { /* made later by the program itself, as the JVM does */
		s->guard = GUARD_RUNTIME;
		bytes = f->at_sp.high - rec->low;
	}
	if (s->guard == GUARD_NONE)
		return;
	s->guard_low = rec->low;
	s->guard_bytes = bytes;
	s->low = rec->low + bytes;
}

static void from_record(struct stack_area *s, const struct birth_facts *f, const struct stack_record *rec)
{
	s->kind = STACK_OWN_MAPPING;
	s->high = rec->high;
	s->source = "the C library's record of the thread";
	guard_of_record(s, f, rec);
	/* pthread_attr_setstack with memory that is a part of something: the heap, a static array, a file. */
	if (s->guard == GUARD_NONE && (f->at_sp.inode || f->at_sp.name[0] == '['))
		s->kind = STACK_CALLER;
}

static void from_mapping(struct stack_area *s, const struct birth_facts *f)
{
	s->kind = STACK_UNKNOWN;
	s->guard = GUARD_UNKNOWN;
	if (!f->at_sp_known) {
		s->unknown = "no mapping could be read around its stack pointer";
	} else if (f->at_sp.inode || f->at_sp.name[0] == '[' || !f->below_known || !no_access(&f->below_sp)) {
		s->unknown = "its stack pointer lies inside another mapping, and no C library's record tells more";
	} else if (f->tp_known && (f->tp < f->at_sp.low || f->tp >= f->at_sp.high)) {
		s->unknown = "no C library's record tells its stack";
	} else {
		s->kind = STACK_OWN_MAPPING;
		s->low = f->at_sp.low;
		s->high = f->at_sp.high;
		s->source = f->tp_known ? "the mapping around its TLS base" : "the mapping around its stack pointer";
		s->guard = GUARD_PROT_NONE;
		s->guard_low = f->below_sp.low;
		s->guard_bytes = f->below_sp.high - f->below_sp.low;
	}
}

void stack_attached_find(
	struct stack_area *ret, const struct birth_facts *f, const struct stack_record *rec, enum libc_kind libc)
{
	struct stack_area s = { .kind = STACK_UNKNOWN, .sp = f->regs_known ? f->sp : 0 };

	if (f->at_sp_known && strcmp(f->at_sp.name, "[stack]") == 0 && !rec->found) {
		s.kind = STACK_MAIN;
		s.low = f->at_sp.low;
		s.high = f->at_sp.high;
		s.guard = GUARD_KERNEL;
		s.source = "[stack] and RLIMIT_STACK";
	} else if (rec->found) {
		from_record(&s, f, rec);
	} else if (libc == LIBC_GO) {
		s.kind = STACK_HEAP;
		s.guard = GUARD_NONE;
		s.unknown = "Go gives clone a piece of its heap: no mapping of its own, no guard page";
	} else {
		from_mapping(&s, f);
	}
	*ret = s;
}

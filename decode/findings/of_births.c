/* SPDX-License-Identifier: MIT */
/*
 * Findings about a birth: what those who write their own runtime on clone(2) get wrong, seen before the new task's
 * first instruction; and whether the kernel's own account of what is shared is that of the flags.
 */
#include <inttypes.h>

#include <thrtrace/abi.h>
#include <thrtrace/proof.h>
#include <thrtrace/uapi.h>

#include "findings/findings_impl.h"

/* A stack pointer so near to the low end is no stack: the first frames do not fit. */
#define LOW_END ((uint64_t)512)

/* What the tests of a new task's stack and TLS ask. */
struct start {
	uint64_t flags;                  /* CLONE_* */
	bool placed;                     /* it was given a stack, by clone or clone3 */
	taddr sp;                        /* its first stack pointer */
	taddr stack_low, stack_high;     /* as given to clone3, or known otherwise; 0, 0 unknown */
	taddr creator_sp;                /* 0 unknown */
	taddr creator_low, creator_high; /* its creator's stack, when that is no main thread's; 0, 0 unknown */
	const struct birth_facts *facts;
};

/*
 * False for a task whose start is not known, or that can't have these mistakes: its memory is a copy of its creator's.
 */
static bool start_of(const struct event *ev, struct start *ret)
{
	const struct ev_birth *b = &ev->u.birth;
	const struct birth_facts *f = &b->facts;
	const struct stack_area *own = &ev->task->stack, *its = b->creator ? &b->creator->stack : NULL;

	if (b->kind != BIRTH_CALL || !(b->args.flags & CLONE_VM_) || !f->regs_known ||
		(b->defects & CALL_ARGS_DOUBTFUL))
		return false;
	*ret = (struct start){
		.flags = b->args.flags,
		.placed = call_clone_sp(&b->args) != 0,
		.sp = f->sp,
		.stack_low = own->low,
		.stack_high = own->high,
		.creator_sp = f->creator_known ? f->creator_sp : 0,
		.facts = f,
	};
	if (b->args.via == VIA_CLONE3 && b->args.stack) {
		ret->stack_low = b->args.stack;
		ret->stack_high = b->args.stack + b->args.stack_size;
	}
	if (its && its->high && its->kind != STACK_MAIN) {
		ret->creator_low = its->low;
		ret->creator_high = its->high;
	}
	return true;
}

/* It runs in its creator's place, which sleeps until it is done: vfork. */
static bool is_lent(const struct start *s)
{
	return s->flags & CLONE_VFORK_;
}

/* ---- the stack ---- */

static bool has_place(const struct start *s)
{
	return !(is_lent(s) && s->sp == s->creator_sp);
}

static bool is_outside(const struct start *s)
{
	return s->stack_high > s->stack_low && (s->sp < s->stack_low || s->sp > s->stack_high);
}

void finding_sp_outside(struct inquiry *q)
{
	struct start s;

	if (start_of(q->ev, &s) && has_place(&s) && is_outside(&s))
		found(q, "its stack pointer %#" PRIx64 " lies outside the stack it was given, %#" PRIx64 "-%#" PRIx64,
			s.sp, s.stack_low, s.stack_high);
}

/* Where its bounds are not known, the mapping that it lies in tells. */
static bool is_at_low_end(const struct start *s)
{
	const struct vma *at = s->placed && s->facts->at_sp_known ? &s->facts->at_sp : NULL;

	if (s->stack_high > s->stack_low)
		return s->sp - s->stack_low < LOW_END && s->stack_high - s->stack_low > LOW_END;
	return at && at->low && s->sp - at->low < LOW_END;
}

void finding_sp_low_end(struct inquiry *q)
{
	struct start s;

	if (start_of(q->ev, &s) && has_place(&s) && !is_outside(&s) && is_at_low_end(&s))
		found(q, "its stack pointer %#" PRIx64 " is at the low end of its stack: the first calls run out of it",
			s.sp);
}

void finding_sp_unmapped(struct inquiry *q)
{
	struct start s;

	if (!start_of(q->ev, &s) || !has_place(&s) || !s.placed)
		return;
	if (!s.facts->at_sp_known || !(s.facts->at_sp.prot & VMA_WRITE))
		found(q, "below its stack pointer %#" PRIx64 " there is no %s memory: its first push faults", s.sp,
			s.facts->at_sp_known ? "writable" : "mapped");
}

static bool is_creators(const struct start *s)
{
	return s->creator_sp && s->sp == s->creator_sp;
}

void finding_sp_creators(struct inquiry *q)
{
	struct start s;

	if (start_of(q->ev, &s) && !is_lent(&s) && is_creators(&s))
		found(q, "it runs on its creator's very stack, at %#" PRIx64 ": each overwrites the other's frames",
			s.sp);
}

void finding_sp_in_creators_stack(struct inquiry *q)
{
	struct start s;

	if (start_of(q->ev, &s) && !is_lent(&s) && !is_creators(&s) && s.sp > s.creator_low && s.sp <= s.creator_high)
		found(q, "its stack pointer %#" PRIx64 " lies in its creator's stack, %#" PRIx64 "-%#" PRIx64, s.sp,
			s.creator_low, s.creator_high);
}

void finding_stack_shared(struct inquiry *q)
{
	const struct task *rival = q->ev->u.birth.rival;
	struct start s;

	if (start_of(q->ev, &s) && !is_lent(&s) && rival)
		found(q, "T%" PRIu32 " is alive and runs on the same stack: they overwrite each other's frames",
			rival->label);
}

void finding_clear_tid_shared(struct inquiry *q)
{
	const struct task *rival = q->ev->u.birth.clear_rival;

	if (rival)
		found(q, "the end of T%" PRIu32 ", which is alive, clears the same word, %#" PRIx64, rival->label,
			q->ev->u.birth.args.child_tid);
}

/* Wrappers may push what the child pops (glibc 16 bytes, musl 8): only a word's alignment is certain. */
void finding_sp_unaligned(struct inquiry *q)
{
	struct start s;

	if (start_of(q->ev, &s) && s.placed && s.sp % 8 != 0 && s.sp != s.creator_sp)
		found(q, "its stack pointer %#" PRIx64 " is not aligned to 16 bytes, as the ABI asks%s%s", s.sp,
			abi_native() ? ": " : "", abi_native() ? abi_native()->sp_unaligned : "");
}

/* ---- thread-local storage ---- */

/* Copied from the creator: fine only for code that has no thread-local variable, errno being one. */
void finding_tls_missing(struct inquiry *q)
{
	const struct birth_facts *f = &q->ev->u.birth.facts;
	struct start s;

	if (start_of(q->ev, &s) && !is_lent(&s) && !(s.flags & CLONE_SETTLS_) && f->creator_known && f->creator_tp)
		found(q,
			"no CLONE_SETTLS: it shares its creator's thread pointer %#" PRIx64
			", so both have the same errno, stack protector and pthread_self()",
			f->creator_tp);
}

/* It was given a thread pointer of which more is known. */
static bool has_tls(const struct event *ev)
{
	struct start s;

	return start_of(ev, &s) && !is_lent(&s) && (s.flags & CLONE_SETTLS_) && s.facts->tp_known;
}

static bool is_canonical(taddr addr)
{
	const struct abi *abi = abi_native();

	return !abi || !abi->user_end || addr < abi->user_end;
}

void finding_tls_noncanonical(struct inquiry *q)
{
	taddr tls = q->ev->u.birth.facts.tp;

	if (has_tls(q->ev) && !is_canonical(tls))
		found(q, "tls %#" PRIx64 " is no user address", tls);
}

void finding_tls_unmapped(struct inquiry *q)
{
	const struct birth_facts *f = &q->ev->u.birth.facts;

	if (has_tls(q->ev) && is_canonical(f->tp) && f->at_tp == AT_NOTHING)
		found(q, "nothing is mapped at its tls %#" PRIx64 ": the first use of a thread-local variable faults",
			f->tp);
}

void finding_tls_shared(struct inquiry *q)
{
	const struct birth_facts *f = &q->ev->u.birth.facts;

	if (has_tls(q->ev) && is_canonical(f->tp) && f->at_tp != AT_NOTHING && f->creator_known && f->tp &&
		f->tp == f->creator_tp)
		found(q,
			"CLONE_SETTLS with its creator's own tls %#" PRIx64
			": both have the same thread-local variables",
			f->tp);
}

/* ---- what the flags say, and what the kernel says ---- */

void finding_birth_unsure(struct inquiry *q)
{
	const struct ev_birth *b = &q->ev->u.birth;

	if (b->kind == BIRTH_CALL && (b->defects & CALL_ARGS_DOUBTFUL))
		found(q, "its arguments %s; what it shares was found by kcmp, and what else was asked for is unknown",
			b->defects & CALL_ARGS_UNREAD ?
				"could not be read" :
				"changed in memory while the call ran: another thread writes there");
}

void finding_sharing_differs(struct inquiry *q)
{
	struct outbuf names;

	outbuf_init(&names, 512);
	proof_broken_format(&names, &q->ev->u.birth);
	if (names.len)
		found(q, "otherwise than the flags say: %s", outbuf_str(&names));
	outbuf_release(&names);
}

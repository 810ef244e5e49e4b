/* SPDX-License-Identifier: MIT */
/*
 * Steps without unwind information. What is taken for a return address must lie in code, right behind a call; and
 * where that call names its target, the target must be the function that we are in.
 */
#include "unwind/unwind_walk.h"

#include <string.h>

#define FRAME_MAX  ((uint64_t)1 << 20)
#define SCAN_BYTES 4096
/* What a call pushes as arguments at most. */
#define ARGUMENTS_MAX 64
/* How long a function is at most whose end no symbol tells. */
#define FUNCTION_MAX ((uint64_t)8192)

/* Where the current function begins; 0 unknown. */
static taddr function_start(struct walk *w)
{
	uint64_t offset;
	taddr pc = w->regs.r[unwind_arch.pc] - (w->exact ? 0 : 1);

	return symbols_name(w->space, w->tid, pc, &offset) ? pc - offset : 0;
}

static bool in_code(struct walk *w, taddr addr)
{
	const struct symbols_range *r = addr > 1 ? symbols_range(w->space, w->tid, addr - 1) : NULL;

	return r && (r->prot & VMA_EXEC);
}

/* How well ret passes as the return address of the current function. *ret_start: where that begins, 0 unknown. */
enum trust { TRUST_NONE, TRUST_CALL, TRUST_TARGET };
static enum trust trust(struct walk *w, taddr ret, taddr *ret_start)
{
	uint8_t code[16];
	taddr to = 0, slot;

	*ret_start = 0;
	if (!in_code(w, ret) || !walk_read(w, ret - unwind_arch.code_before, code, unwind_arch.code_before))
		return TRUST_NONE;
	enum unwind_call call = unwind_arch_call(code, ret, &to);
	if (call == CALL_NONE || call == CALL_INDIRECT)
		return call == CALL_NONE ? TRUST_NONE : TRUST_CALL;
	if (call == CALL_SLOT && !walk_u64(w, to, &to))
		return TRUST_NONE;
	taddr start = function_start(w), pc = w->regs.r[unwind_arch.pc];
	if (start ? to != start : to > pc || pc - to > FUNCTION_MAX) {
		slot = in_code(w, to + 1) && walk_read(w, to, code, sizeof(code)) ? unwind_arch_plt(code, to) : 0;
		if (!slot || !walk_u64(w, slot, &to) || (start ? to != start : to > pc || pc - to > FUNCTION_MAX))
			return TRUST_NONE;
	}
	*ret_start = to;
	return TRUST_TARGET;
}

static enum walk_step arrive(struct walk *w, taddr ret, taddr ret_slot, taddr sp)
{
	w->regs.r[unwind_arch.pc] = walk_unsigned(w, ret);
	w->regs.r[unwind_arch.sp] = sp;
	w->ret_word = ret;
	w->ret_slot = ret_slot;
	w->exact = false;
	return WALK_STEPPED;
}

bool hand_is_trampoline(struct walk *w, taddr pc)
{
	uint8_t code[16];

	return walk_read(w, pc, code, unwind_arch.trampoline) && unwind_arch_trampoline(code);
}

static enum walk_step from_signal(struct walk *w)
{
	uint8_t sc[UNWIND_SC];
	taddr at = w->regs.r[unwind_arch.sp] + unwind_arch.sc_regs;

	if (!walk_read(w, at, sc, sizeof(sc)))
		return WALK_BROKEN;
	unwind_arch_interrupted(sc, &w->regs);
	w->ret_slot = w->fp_slot = 0;
	w->ret_word = w->regs.r[unwind_arch.pc];
	w->sp_about = false;
	w->exact = true;
	return WALK_STEPPED;
}

/* A leaf that has pushed nothing: libc's clone and clone3 wrappers, a call to where no code is. */
static enum walk_step from_leaf(struct walk *w, bool lost)
{
	taddr sp = w->regs.r[unwind_arch.sp], ret, start;

	if (unwind_arch.link)
		return arrive(w, w->regs.r[unwind_arch.link], 0, sp);
	if (!walk_u64(w, sp, &ret))
		return WALK_NO_INFO;
	/* Where pc is no code, the call's own target proves nothing. */
	enum trust got = trust(w, ret, &start);
	if (got == TRUST_TARGET || ((w->at_clone || lost) && got == TRUST_CALL))
		return arrive(w, ret, sp, sp + 8);
	return WALK_NO_INFO;
}

static taddr frame_pointer(struct walk *w)
{
	w->fp_read = true;
	return w->regs.r[unwind_arch.fp];
}

static enum walk_step from_fp(struct walk *w, enum trust want, bool any_stack)
{
	taddr fp = frame_pointer(w), sp = w->regs.r[unwind_arch.sp], word, up, start;

	if (fp == 0 || fp % 8 || (!any_stack && (fp < sp || fp - sp > FRAME_MAX)))
		return WALK_NO_INFO;
	taddr pair = fp + (taddr)(int64_t)unwind_arch.frame;
	if (!walk_u64(w, pair, &up) || !walk_u64(w, pair + 8, &word))
		return WALK_NO_INFO;
	taddr ret = walk_unsigned(w, word);
	/* want TRUST_NONE: made by a JIT compiler or by Go, whose code also returns to where no call stands. */
	if (want == TRUST_NONE ? !in_code(w, ret) : trust(w, ret, &start) < want)
		return WALK_NO_INFO;
	if (up == fp)
		return WALK_NO_INFO;
	w->regs.r[unwind_arch.fp] = up;
	w->fp_slot = pair;
	/* On x86 and RISC-V the two words are the frame's upper end, on AArch64 its lower one. */
	w->sp_about = unwind_arch.link && !unwind_arch.frame;
	return arrive(w, word, pair + 8, pair + 16);
}

/* Gives back the registers that the function beginning at start has pushed below its return address. */
static void restore_saved(struct walk *w, taddr start, taddr ret_slot)
{
	uint8_t code[64], reg[8];
	uint64_t v, locals;
	size_t n = walk_read(w, start, code, sizeof(code)) ? unwind_arch_saves(code, sizeof(code), reg, &locals) : 0;

	for (size_t i = 0; i < n; i++) {
		taddr slot = ret_slot - 8 * (i + 1);
		if (slot < w->regs.r[unwind_arch.sp] || !walk_u64(w, slot, &v))
			break;
		w->regs.r[reg[i]] = v;
		if (reg[i] == unwind_arch.fp)
			w->fp_slot = slot;
	}
}

/*
 * Without symbols it is a guess that the function at start is the one we are in: an old return address may lie in
 * our frame. The frame that start's prologue makes must then reach from sp to the slot.
 */
static bool frame_fits(struct walk *w, taddr start, taddr ret_slot)
{
	uint8_t code[64], reg[8];
	uint64_t locals;

	if (function_start(w))
		return true;
	if (!walk_read(w, start, code, sizeof(code)))
		return false;
	uint64_t frame = 8 * unwind_arch_saves(code, sizeof(code), reg, &locals) + locals;
	taddr sp = w->regs.r[unwind_arch.sp], bottom = ret_slot - frame;
	/* A function that calls another has made a frame, if only to align sp. Arguments may lie below it. */
	return frame && bottom >= sp && bottom - sp <= ARGUMENTS_MAX;
}

/*
 * The word on the stack that is the return address of a call to this very function: the nearest one, or where no
 * symbol says which function we are in, the one whose target is nearest below pc, since functions do not overlap.
 */
static enum walk_step from_scan(struct walk *w)
{
	taddr sp = w->regs.r[unwind_arch.sp], ret, start, slot = 0, best = 0, best_ret = 0;
	bool known = function_start(w) != 0;

	if (unwind_arch.link || sp % 8)
		return WALK_NO_INFO;
	for (taddr at = sp; at - sp < SCAN_BYTES && walk_u64(w, at, &ret) && !(known && best); at += 8) {
		if (trust(w, ret, &start) != TRUST_TARGET || start <= best || !frame_fits(w, start, at))
			continue;
		best = start;
		best_ret = ret;
		slot = at;
	}
	if (!best)
		return WALK_NO_INFO;
	restore_saved(w, best, slot);
	return arrive(w, best_ret, slot, slot + 8);
}

/* Where a goroutine's or a thread's stack begins. Its frame pointer there may be its creator's, from before clone. */
static bool go_outermost(struct walk *w)
{
	static const char *const name[] = { "runtime.goexit", "runtime.mstart", "runtime.rt0_go" };
	struct frame f;

	symbols_frame(w->space, w->tid, w->regs.r[unwind_arch.pc], w->exact, &f);
	for (size_t i = 0; i < ARRAY_SIZE(name); i++)
		if (f.symbol && strcmp(f.symbol, name[i]) == 0)
			return true;
	return false;
}

static enum walk_step from_go(struct walk *w, const char **ret_why)
{
	if (go_outermost(w))
		return WALK_END;
	/* Go keeps frame pointers (since 1.7), through the switch from a goroutine's stack to its thread's too. */
	if (frame_pointer(w) == 0)
		return WALK_END;
	*ret_why = "Go's frame pointers end here";
	return from_fp(w, TRUST_NONE, true);
}

/*
 * Code that V8's compiler has made is part of node and Chromium, with a name but without unwind information. All of
 * it keeps frame pointers; and where a function has jumped to it, the call before the return address is of another.
 */
static bool is_v8(struct walk *w)
{
	uint64_t offset;
	const char *name = symbols_name(w->space, w->tid, w->regs.r[unwind_arch.pc] - (w->exact ? 0 : 1), &offset);

	return name && strncmp(name, "Builtins_", 9) == 0;
}

enum walk_step hand_step(struct walk *w, const char **ret_why)
{
	taddr pc = w->regs.r[unwind_arch.pc];
	const struct symbols_range *r = symbols_range(w->space, w->tid, pc - (w->exact ? 0 : 1));
	bool lost = !r || !(r->prot & VMA_EXEC), go = !lost && r->module && r->module->pclntab;
	enum walk_step got = WALK_NO_INFO;

	w->fp_slot = 0;
	*ret_why = "no unwind information there";
	if (lost)
		*ret_why = "no code is mapped there";
	else if (!r->module)
		*ret_why = "code without unwind information, made at run time";
	if (!lost && hand_is_trampoline(w, pc))
		return from_signal(w);
	if (w->first)
		got = from_leaf(w, lost);
	if (got != WALK_NO_INFO || lost)
		return got;
	if (go)
		return from_go(w, ret_why);
	if (r->module && (got = from_fp(w, TRUST_TARGET, false)) == WALK_NO_INFO)
		got = from_scan(w);
	if (got == WALK_NO_INFO)
		got = from_fp(w, r->module && !is_v8(w) ? TRUST_CALL : TRUST_NONE, false);
	/* Thread and process entry points clear the frame pointer, as the psABI asks (3.4.1, "deepest stack frame"). */
	return got == WALK_NO_INFO && !w->first && frame_pointer(w) == 0 ? WALK_END : got;
}

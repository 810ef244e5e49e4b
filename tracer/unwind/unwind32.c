/* SPDX-License-Identifier: MIT */
/*
 * By call frame information where there is some (cfi32_*.c), else by the same reasons as unwind_hand.c has: what is
 * taken for a return address must lie in code, right behind a call.
 */
#include "unwind/unwind32.h"

#include <errno.h>
#include <string.h>

#include <thrtrace/abi.h>

/* libc's clone wrappers have pushed no more than this when they make the call. */
#define LEAF_BYTES 64
#define FRAME_MAX  ((uint32_t)1 << 20)

int regs32_parse(const void *prstatus, size_t len, struct regs32 *ret)
{
	const struct abi *abi = abi_by_regset_len(abi_native(), len);
	struct regs r;

	if (!abi || abi != abi_by_name("i386") || abi->regs_parse(prstatus, len, &r) != 0)
		return -EINVAL;
	/* The order of arguments (man 2 syscall) is ebx, ecx, edx, esi, edi, ebp. */
	*ret = (struct regs32){ {
		[R32_EAX] = (uint32_t)r.ret,
		[R32_EBX] = (uint32_t)r.arg[0],
		[R32_ECX] = (uint32_t)r.arg[1],
		[R32_EDX] = (uint32_t)r.arg[2],
		[R32_ESI] = (uint32_t)r.arg[3],
		[R32_EDI] = (uint32_t)r.arg[4],
		[R32_EBP] = (uint32_t)r.arg[5],
		[R32_ESP] = (uint32_t)r.sp,
		[R32_EIP] = (uint32_t)r.pc,
	} };
	return 0;
}

static bool read_stack(void *ctx, uint32_t addr, void *buf, size_t n)
{
	return walk_read(ctx, addr, buf, n);
}

static bool in_code(struct walk *w, uint32_t addr)
{
	const struct symbols_range *r = addr > 1 ? symbols_range(w->space, w->tid, addr - 1) : NULL;

	return r && (r->prot & VMA_EXEC);
}

/*
 * Is ret the return address of a call? *ret_to: the function that a direct call names, 0 when it names none. The
 * encodings are those of the Intel manual, volume 2: E8 rel32, FF /2 with or without a displacement.
 */
static bool behind_call(struct walk *w, uint32_t ret, uint32_t *ret_to)
{
	uint8_t code[8];
	uint32_t distance;

	*ret_to = 0;
	if (!in_code(w, ret) || !walk_read(w, ret - sizeof(code), code, sizeof(code)))
		return false;
	if (code[3] == 0xe8) {
		memcpy(&distance, code + 4, sizeof(distance));
		*ret_to = ret + distance;
		return in_code(w, *ret_to + 1);
	}
	return (code[6] == 0xff && (code[7] >> 3 & 7) == 2 && code[7] >> 6 == 3) ||  /* call *%reg */
		(code[6] == 0xff && (code[7] >> 3 & 7) == 2 && code[7] >> 6 == 0) || /* call *(%reg) */
		(code[5] == 0xff && (code[6] >> 3 & 7) == 2 && code[6] >> 6 == 1) || /* call *d8(%reg) */
		(code[2] == 0xff && (code[3] >> 3 & 7) == 2 && code[3] >> 6 != 1);   /* call *d32(%reg), call *d32 */
}

/* An entry of a linkage table: jmp *d32, or jmp *d32(%ebx), behind endbr32 or not. */
static bool is_linkage(struct walk *w, uint32_t at)
{
	uint8_t code[8];

	if (!walk_read(w, at, code, sizeof(code)))
		return false;
	const uint8_t *jmp = memcmp(code, "\xf3\x0f\x1e\xfb", 4) == 0 ? code + 4 : code;
	return jmp[0] == 0xff && (jmp[1] == 0x25 || jmp[1] == 0xa3);
}

/* How a call to `to` fits the function that pc lies in, as far as a symbol names it. */
static bool leads_here(struct walk *w, uint32_t to, uint32_t pc)
{
	uint64_t offset;

	if (!to || is_linkage(w, to))
		return true;
	return !symbols_name(w->space, w->tid, pc, &offset) || pc - (uint32_t)offset == to;
}

static void arrive(struct regs32 *r, uint32_t ret, uint32_t sp)
{
	r->r[R32_EIP] = ret;
	r->r[R32_ESP] = sp;
}

/* Where the function begins with push %ebp, the word below its return address is the caller's. */
static void restore_ebp(struct walk *w, uint32_t function, uint32_t slot, struct regs32 *r)
{
	uint8_t first;
	uint32_t v;

	if (function && walk_read(w, function, &first, 1) && first == 0x55 && walk_read(w, slot - 4, &v, sizeof(v)))
		r->r[R32_EBP] = v;
}

/* libc's clone wrappers: they have pushed a few registers below their return address. */
static bool from_leaf(struct walk *w, struct regs32 *r)
{
	uint32_t sp = r->r[R32_ESP], ret, to;

	for (uint32_t at = sp; at - sp < LEAF_BYTES && walk_read(w, at, &ret, sizeof(ret)); at += 4) {
		if (!behind_call(w, ret, &to) || !leads_here(w, to, r->r[R32_EIP]))
			continue;
		restore_ebp(w, to, at, r);
		arrive(r, ret, at + 4);
		return true;
	}
	return false;
}

static bool from_fp(struct walk *w, struct regs32 *r)
{
	uint32_t fp = r->r[R32_EBP], pair[2], to;

	if (fp % 4 || fp < r->r[R32_ESP] || fp - r->r[R32_ESP] > FRAME_MAX || !walk_read(w, fp, pair, sizeof(pair)) ||
		!behind_call(w, pair[1], &to))
		return false;
	r->r[R32_EBP] = pair[0];
	arrive(r, pair[1], fp + 8);
	return true;
}

/* False at the end, with *ret_why when the outermost frame was not reached. */
static bool step(struct walk *w, struct regs32 *r, bool first, bool *exact, const char **ret_why)
{
	uint32_t pc = r->r[R32_EIP] - (*exact ? 0 : 1);
	const struct symbols_range *range = symbols_range(w->space, w->tid, pc);
	bool code = range && (range->prot & VMA_EXEC), signal = false;
	int err = code && range->module ?
		cfi32_step(range->module->cfi32, pc - (uint32_t)range->bias, read_stack, w, r, &signal) :
		-ENOENT;

	if (err == -EFAULT) {
		*ret_why = "the stack can't be read";
		return false;
	}
	*exact = !err && signal;
	if (!err)
		return r->r[R32_EIP] != 0;
	if ((first && from_leaf(w, r)) || (code && from_fp(w, r)))
		return true;
	/* Entry points clear the frame pointer (psABI, "initial stack and register state"). */
	if (first || r->r[R32_EBP] != 0)
		*ret_why = code ? "no unwind information there" : "no code is mapped there";
	return false;
}

void unwind32(struct walk *w, const struct regs32 *regs, struct backtrace *bt)
{
	struct regs32 r = *regs;
	bool exact = true;

	for (bt->n = 0; bt->n < BACKTRACE_MAX;) {
		uint32_t pc = r.r[R32_EIP], sp = r.r[R32_ESP];
		symbols_frame(w->space, w->tid, pc, exact, &bt->frame[bt->n++]);
		if (!step(w, &r, bt->n == 1, &exact, &bt->stopped))
			return;
		bt->frame[bt->n - 1].signal = exact;
		if (r.r[R32_EIP] == pc && r.r[R32_ESP] == sp) {
			bt->stopped = "the frame is its own caller";
			return;
		}
	}
	bt->stopped = "deeper than thrtrace looks";
}

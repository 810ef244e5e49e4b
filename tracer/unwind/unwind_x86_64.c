/* SPDX-License-Identifier: MIT */
/* x86-64: registers (System V ABI, AMD64 supplement, figure 3.36) and the few instructions that matter here. */
#include "unwind/unwind_arch.h"

#include <errno.h>
#include <string.h>

const struct unwind_arch unwind_arch = {
	.pc = 16,
	.sp = 7,
	.fp = 6,
	.link = 0,
	.code_before = 8,
	.trampoline = 9,
	.sc_regs = 40, /* struct ucontext: uc_flags, uc_link, uc_stack, then uc_mcontext (asm/ucontext.h) */
};

/* Offsets in struct user_regs_struct, by DWARF number: rax rdx rcx rbx rsi rdi rbp rsp r8..r15 rip. */
static const uint8_t prstatus_at[17] = { 80, 96, 88, 40, 104, 112, 32, 152, 72, 64, 56, 48, 24, 16, 8, 0, 128 };
/* Offsets in struct sigcontext (asm/sigcontext.h). */
static const uint8_t sc_at[17] = { 104, 96, 112, 88, 72, 64, 80, 120, 0, 8, 16, 24, 32, 40, 48, 56, 128 };

#define PRSTATUS_LEN 216

static void pick(const uint8_t *bytes, const uint8_t at[17], struct unwind_regs *ret)
{
	*ret = (struct unwind_regs){ 0 };
	for (size_t i = 0; i < 17; i++)
		memcpy(&ret->r[i], bytes + at[i], 8);
}

int unwind_arch_regs(const void *prstatus, size_t len, struct unwind_regs *ret)
{
	if (len != PRSTATUS_LEN)
		return -EINVAL;
	pick(prstatus, prstatus_at, ret);
	return 0;
}

void unwind_arch_interrupted(const uint8_t sc[UNWIND_SC], struct unwind_regs *ret)
{
	pick(sc, sc_at, ret);
}

static taddr relative(const uint8_t *at, taddr next)
{
	int32_t d;

	memcpy(&d, at, 4);
	return next + (uint64_t)(int64_t)d;
}

/* FF /2 with any addressing mode: is the one that is len bytes long at code? (SDM volume 2, 2.1) */
static bool is_indirect(const uint8_t *code, size_t len)
{
	uint8_t modrm = code[1], mod = modrm >> 6, rm = modrm & 7;
	size_t want = 2;

	if (code[0] != 0xff || ((modrm >> 3 & 7) != 2))
		return false;
	if (mod != 3 && rm == 4) {
		want++;
		if (mod == 0 && len > 2 && (code[2] & 7) == 5)
			want += 4;
	}
	want += mod == 1 ? 1 : mod == 2 || (mod == 0 && rm == 5) ? 4 : 0;
	return want == len;
}

enum unwind_call unwind_arch_call(const uint8_t *code, taddr ret, taddr *ret_to)
{
	const uint8_t *end = code + 8;

	if (end[-6] == 0xff && end[-5] == 0x15) { /* call *d(%rip) */
		*ret_to = relative(end - 4, ret);
		return CALL_SLOT;
	}
	if (end[-5] == 0xe8) {
		*ret_to = relative(end - 4, ret);
		return CALL_DIRECT;
	}
	for (size_t len = 2; len <= 7; len++)
		if (is_indirect(end - len, len))
			return CALL_INDIRECT;
	return CALL_NONE;
}

taddr unwind_arch_plt(const uint8_t *code, taddr at)
{
	size_t i = memcmp(code, "\xf3\x0f\x1e\xfa", 4) == 0 ? 4 : 0; /* endbr64 */

	if (code[i] == 0xf2) /* bnd */
		i++;
	return code[i] == 0xff && code[i + 1] == 0x25 ? relative(code + i + 2, at + i + 6) : 0; /* jmp *d(%rip) */
}

bool unwind_arch_trampoline(const uint8_t *code)
{
	/* mov $15,%rax; syscall: what glibc, musl and Go have as restorer */
	return memcmp(code, "\x48\xc7\xc0\x0f\x00\x00\x00\x0f\x05", 9) == 0 ||
		memcmp(code, "\xb8\x0f\x00\x00\x00\x0f\x05", 7) == 0;
}

/* Instructions that compilers mix with a prologue's pushes and that leave memory and rsp alone: their length, or 0. */
static size_t harmless(const uint8_t *p, size_t n)
{
	if (n < 8)
		return 0;
	if (memcmp(p, "\xf3\x0f\x1e\xfa", 4) == 0)
		return 4;
	size_t prefix = p[0] == 0x66 ? 1 : 0;
	if ((p[prefix] & 0xf0) == 0x40)
		prefix++;
	const uint8_t *op = p + prefix;
	bool direct = op[1] >> 6 == 3, to_sp = op[0] == 0x89 ? (op[1] & 7) == 4 : (op[1] >> 3 & 7) == 4;
	if ((op[0] == 0x31 || op[0] == 0x33 || op[0] == 0x89 || op[0] == 0x8b || op[0] == 0x63 || op[0] == 0x85) &&
		direct && !to_sp)
		return prefix + 2;
	if (op[0] == 0x0f && (op[1] == 0xef || op[1] == 0x57) && op[2] >> 6 == 3)
		return prefix + 3;
	return op[0] == 0x8d && (op[1] & 0xc7) == 0x05 ? prefix + 6 : 0; /* lea d(%rip),reg */
}

size_t unwind_arch_saves(const uint8_t *code, size_t len, uint8_t reg[8], uint64_t *ret_locals)
{
	/* push's register numbers -> DWARF's */
	static const uint8_t dwarf[16] = { 0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15 };
	size_t n = 0, skip, i = 0;
	uint32_t locals;

	while (i + 2 < len && n < 8) {
		unsigned high = code[i] == 0x41 ? 8 : 0;
		uint8_t op = code[i + (high ? 1 : 0)];
		if (op >= 0x50 && op <= 0x57) {
			reg[n++] = dwarf[high + (op - 0x50U)];
			i += high ? 2 : 1;
		} else if ((skip = harmless(code + i, len - i)) != 0) {
			i += skip;
		} else {
			break;
		}
	}
	*ret_locals = 0;
	if (i + 7 <= len && memcmp(code + i, "\x48\x83\xec", 3) == 0) { /* sub $imm8,%rsp */
		*ret_locals = code[i + 3] < 128 ? code[i + 3] : 0;
	} else if (i + 7 <= len && memcmp(code + i, "\x48\x81\xec", 3) == 0) {
		memcpy(&locals, code + i + 3, 4);
		*ret_locals = locals;
	}
	return n;
}

/* SPDX-License-Identifier: MIT */
/* RISC-V of 64 bits: registers by DWARF number (x1..x31) lie in NT_PRSTATUS behind pc, which is kept where x31 ends. */
#include "unwind/unwind_arch.h"

#include <errno.h>
#include <string.h>

enum { RA = 1, SP = 2, FP = 8, PC = 32, WORDS = 32 };

const struct unwind_arch unwind_arch = {
	.pc = PC,
	.sp = SP,
	.fp = FP,
	.link = RA,
	.frame = -16, /* s0 is the canonical frame address: what it was, and ra, are below it */
	.dwarf_pc = 64,
	.code_before = 8,
	.trampoline = 8,
	/* struct rt_sigframe: siginfo (128), then ucontext: uc_mcontext at 176 (asm/ucontext.h). */
	.sc_regs = 128 + 176,
};

static void from_kernel_order(const void *words, struct unwind_regs *ret)
{
	uint64_t w[WORDS];

	memcpy(w, words, sizeof(w));
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->r + RA, w + RA, (WORDS - RA) * 8);
	ret->r[PC] = w[0];
}

int unwind_arch_regs(const void *prstatus, size_t len, struct unwind_regs *ret)
{
	if (len != WORDS * 8)
		return -EINVAL;
	from_kernel_order(prstatus, ret);
	return 0;
}

void unwind_arch_interrupted(const uint8_t sc[UNWIND_SC], struct unwind_regs *ret)
{
	from_kernel_order(sc, ret);
}

/* The upper 20 bits of auipc, and the 12 of jalr or ld, both signed. */
static uint64_t upper(uint32_t insn)
{
	return (uint64_t)(int64_t)(int32_t)(insn & 0xfffff000);
}

static uint64_t lower(uint32_t insn)
{
	return (uint64_t)(int64_t)((int32_t)insn >> 20);
}

enum { AUIPC_RA = 0x097, JAL_RA = 0x0ef, JALR_RA = 0x0e7, C_JALR = 0x9002 };

enum unwind_call unwind_arch_call(const uint8_t *code, taddr ret, taddr *ret_to)
{
	uint32_t insn[2];
	uint16_t half;

	memcpy(insn, code, sizeof(insn));
	memcpy(&half, code + 6, sizeof(half));
	if ((insn[1] & 0xfff) == JAL_RA) {
		uint32_t i = insn[1];
		uint64_t far = (i >> 21 & 0x3ff) << 1 | (i >> 20 & 1) << 11 | (i >> 12 & 0xff) << 12;
		*ret_to = ret - 4 + far - ((uint64_t)(i >> 31) << 20);
		return CALL_DIRECT;
	}
	if ((insn[1] & 0x7fff) == JALR_RA) {
		if ((insn[1] >> 15 & 31) != RA || (insn[0] & 0xfff) != AUIPC_RA)
			return CALL_INDIRECT;
		*ret_to = ret - 8 + upper(insn[0]) + lower(insn[1]);
		return CALL_DIRECT;
	}
	return (half & 0xf07f) == C_JALR && (half & 0xf80) ? CALL_INDIRECT : CALL_NONE;
}

taddr unwind_arch_plt(const uint8_t *code, taddr at)
{
	uint32_t insn[2];

	memcpy(insn, code, sizeof(insn));
	/* auipc t3, page; ld t3, offset(t3) */
	if ((insn[0] & 0xfff) != 0xe17 || (insn[1] & 0xfffff) != 0xe3e03)
		return 0;
	return at + upper(insn[0]) + lower(insn[1]);
}

bool unwind_arch_trampoline(const uint8_t *code)
{
	/* li a7, 139; ecall */
	return memcmp(code, "\x93\x08\xb0\x08\x73\x00\x00\x00", 8) == 0;
}

size_t unwind_arch_saves(const uint8_t *code, size_t len, uint8_t reg[8], uint64_t *ret_locals)
{
	(void)code, (void)len, (void)reg; /* only the scan of x86 asks */
	*ret_locals = 0;
	return 0;
}

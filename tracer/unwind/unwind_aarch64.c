/* SPDX-License-Identifier: MIT */
/* AArch64: registers by DWARF number (x0..x30, sp, pc) lie in NT_PRSTATUS in that very order. */
#include "unwind/unwind_arch.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

#include <thrtrace/page.h>

const struct unwind_arch unwind_arch = {
	.pc = 32,
	.sp = 31,
	.fp = 29,
	.link = 30,
	.code_before = 8,
	.trampoline = 8,
	/* struct rt_sigframe: siginfo (128), then ucontext: uc_mcontext at 176, its regs behind fault_address (8). */
	.sc_regs = 128 + 176 + 8,
	.sign_regset = NT_ARM_PAC_MASK, /* struct user_pac_mask: of data, of instructions */
};

#define PRSTATUS_LEN (34 * 8)

int unwind_arch_regs(const void *prstatus, size_t len, struct unwind_regs *ret)
{
	if (len != PRSTATUS_LEN)
		return -EINVAL;
	memcpy(ret->r, prstatus, 33 * 8);
	return 0;
}

void unwind_arch_interrupted(const uint8_t sc[UNWIND_SC], struct unwind_regs *ret)
{
	memcpy(ret->r, sc, 33 * 8);
}

enum unwind_call unwind_arch_call(const uint8_t *code, taddr ret, taddr *ret_to)
{
	uint32_t insn;

	memcpy(&insn, code + 4, 4);
	if (insn >> 26 == 0x25) { /* bl */
		int32_t words = (int32_t)(insn << 6) >> 6;
		*ret_to = ret - 4 + (uint64_t)((int64_t)words * 4);
		return CALL_DIRECT;
	}
	/* blr, and its forms with pointer authentication */
	if ((insn & 0xfffffc1f) == 0xd63f0000 || (insn & 0xfefff800) == 0xd63f0800)
		return CALL_INDIRECT;
	return CALL_NONE;
}

/* What adrp counts in, however large the kernel's pages are. */
#define ADRP_PAGE 4096

taddr unwind_arch_plt(const uint8_t *code, taddr at)
{
	uint32_t insn[4];
	size_t i = 0;

	memcpy(insn, code, sizeof(insn));
	if (insn[0] == 0xd503245f) /* bti c */
		i++;
	/* adrp x16, page; ldr x17, [x16, #offset] */
	if ((insn[i] & 0x9f00001f) != 0x90000010 || (insn[i + 1] & 0xffc003ff) != 0xf9400211)
		return 0;
	int32_t pages = (int32_t)((insn[i] >> 5 & 0x7ffff) << 2 | (insn[i] >> 29 & 3)) << 11 >> 11;
	return page_down(at + 4 * i, ADRP_PAGE) + (uint64_t)((int64_t)pages * ADRP_PAGE) +
		(insn[i + 1] >> 10 & 0xfff) * 8;
}

bool unwind_arch_trampoline(const uint8_t *code)
{
	/* mov x8, #139; svc #0 */
	return memcmp(code, "\x68\x11\x80\xd2\x01\x00\x00\xd4", 8) == 0;
}

size_t unwind_arch_saves(const uint8_t *code, size_t len, uint8_t reg[8], uint64_t *ret_locals)
{
	(void)code, (void)len, (void)reg; /* only the scan of x86 asks */
	*ret_locals = 0;
	return 0;
}

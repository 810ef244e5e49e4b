/* SPDX-License-Identifier: MIT */
/* aarch64: asm/perf_regs.h and struct user_pt_regs, which have x0 to x30, sp and pc in the same order. */
#include "observe/sampled.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

const uint64_t sampled_regs_mask = (UINT64_C(1) << 33) - 1;
const unsigned sampled_n_regs = 33;

enum { REG_SP = 31, REG_PC = 32, PSTATE = 33 };

int sampled_regs(struct sampled *s, const struct perf_sample *from)
{
	if (!from->regs_64 || from->n_regs != sampled_n_regs)
		return -EOPNOTSUPP;
	memcpy(s->prstatus, from->reg, sampled_n_regs * sizeof(*from->reg));
	s->prstatus[PSTATE] = 0;
	s->prstatus_len = (PSTATE + 1) * sizeof(*s->prstatus);
	s->sp = from->reg[REG_SP];
	s->pc = from->reg[REG_PC];
	return 0;
}

/*
 * A code address without its signature: xpaclri, a hint, so that it does nothing where the machine makes none. The
 * kernel's answer to NT_ARM_PAC_MASK depends on no task (arch/arm64/kernel/ptrace.c, pac_mask_get).
 */
uint64_t sampled_unsigned(uint64_t code);
__asm__(".text\n"
	".p2align 4\n"
	".globl sampled_unsigned\n"
	".type sampled_unsigned, %function\n"
	"sampled_unsigned:\n"
	"	mov x9, x30\n"
	"	mov x30, x0\n"
	"	hint #7\n"
	"	mov x0, x30\n"
	"	mov x30, x9\n"
	"	ret\n"
	".size sampled_unsigned, . - sampled_unsigned\n");

ssize_t sampled_same_for_all(int type, void *buf, size_t n)
{
	const uint64_t all = (UINT64_C(1) << 55) - 1; /* bit 55 tells the kernel's addresses from a program's */

	if (type != NT_ARM_PAC_MASK || n < 2 * sizeof(uint64_t))
		return -EOPNOTSUPP;
	const uint64_t mask = all ^ sampled_unsigned(all);
	memcpy(buf, (const uint64_t[]){ mask, mask }, 2 * sizeof(mask));
	return 2 * sizeof(mask);
}

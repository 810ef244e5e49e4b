/* SPDX-License-Identifier: MIT */
/* x86-64: asm/perf_regs.h and struct user_regs_struct. */
#include "observe/sampled.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/user.h>

/* PERF_REG_X86_*: ax bx cx dx si di bp sp ip flags, and from 16 on r8 to r15. */
const uint64_t sampled_regs_mask = 0x3ff | UINT64_C(0xff) << 16;
const unsigned sampled_n_regs = 18;

#define AT(reg) offsetof(struct user_regs_struct, reg)
static const uint8_t prstatus_at[18] = { AT(rax), AT(rbx), AT(rcx), AT(rdx), AT(rsi), AT(rdi), AT(rbp), AT(rsp),
	AT(rip), AT(eflags), AT(r8), AT(r9), AT(r10), AT(r11), AT(r12), AT(r13), AT(r14), AT(r15) };

enum { REG_SP = 7, REG_PC = 8 };

int sampled_regs(struct sampled *s, const struct perf_sample *from)
{
	if (!from->regs_64 || from->n_regs != sampled_n_regs)
		return -EOPNOTSUPP;
	memset(s->prstatus, 0, sizeof(s->prstatus));
	s->prstatus_len = sizeof(struct user_regs_struct);
	for (unsigned i = 0; i < sampled_n_regs; i++)
		memcpy((uint8_t *)s->prstatus + prstatus_at[i], &from->reg[i], 8);
	memcpy((uint8_t *)s->prstatus + AT(orig_rax), &from->nr, 8);
	s->sp = from->reg[REG_SP];
	s->pc = from->reg[REG_PC];
	return 0;
}

ssize_t sampled_same_for_all(int type, void *buf, size_t n)
{
	(void)type, (void)buf, (void)n;
	return -EOPNOTSUPP;
}

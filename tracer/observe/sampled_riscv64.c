/* SPDX-License-Identifier: MIT */
/* RISC-V of 64 bits: asm/perf_regs.h and struct user_regs_struct, which have pc and x1 to x31 in the same order. */
#include "observe/sampled.h"

#include <errno.h>
#include <string.h>

const uint64_t sampled_regs_mask = (UINT64_C(1) << 32) - 1;
const unsigned sampled_n_regs = 32;

enum { AT_PC = 0, AT_SP = 2 };

int sampled_regs(struct sampled *s, const struct perf_sample *from)
{
	if (!from->regs_64 || from->n_regs != sampled_n_regs)
		return -EOPNOTSUPP;
	s->prstatus_len = sampled_n_regs * sizeof(*from->reg);
	memcpy(s->prstatus, from->reg, s->prstatus_len);
	s->sp = from->reg[AT_SP];
	s->pc = from->reg[AT_PC];
	return 0;
}

ssize_t sampled_same_for_all(int type, void *buf, size_t n)
{
	(void)type, (void)buf, (void)n; /* code addresses have no signature here */
	return -EOPNOTSUPP;
}

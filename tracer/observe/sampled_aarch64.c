/* SPDX-License-Identifier: MIT */
/* aarch64: asm/perf_regs.h and struct user_pt_regs, which have x0 to x30, sp and pc in the same order. */
#include "observe/sampled.h"

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

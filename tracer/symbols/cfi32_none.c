/* SPDX-License-Identifier: MIT */
/* Built without libdw: frames of 32-bit tasks are found by frame pointers alone (unwind32.c). */
#include "symbols/cfi32.h"

#include <errno.h>

struct cfi32 *cfi32_from_elf(Elf *elf)
{
	(void)elf;
	return NULL;
}

void cfi32_free(struct cfi32 *c)
{
	(void)c;
}

int cfi32_step(struct cfi32 *c, uint32_t at, cfi32_read *read, void *ctx, struct regs32 *regs, bool *ret_signal)
{
	(void)c, (void)at, (void)read, (void)ctx, (void)regs, (void)ret_signal;
	return -ENOENT;
}

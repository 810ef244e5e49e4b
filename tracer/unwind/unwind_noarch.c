/* SPDX-License-Identifier: MIT */
/* A machine that nobody has described: registers can't be read, so backtraces stay empty. */
#include "unwind/unwind_arch.h"

#include <errno.h>

const struct unwind_arch unwind_arch = { .pc = 0, .sp = 1, .fp = 2, .code_before = 8, .trampoline = 8 };

int unwind_arch_regs(const void *prstatus, size_t len, struct unwind_regs *ret)
{
	(void)prstatus, (void)len, (void)ret;
	return -EINVAL;
}

enum unwind_call unwind_arch_call(const uint8_t *code, taddr ret, taddr *ret_to)
{
	(void)code, (void)ret, (void)ret_to;
	return CALL_NONE;
}

taddr unwind_arch_plt(const uint8_t *code, taddr at)
{
	(void)code, (void)at;
	return 0;
}

bool unwind_arch_trampoline(const uint8_t *code)
{
	(void)code;
	return false;
}

void unwind_arch_interrupted(const uint8_t sc[UNWIND_SC], struct unwind_regs *ret)
{
	(void)sc, (void)ret;
}

size_t unwind_arch_saves(const uint8_t *code, size_t len, uint8_t reg[8], uint64_t *ret_locals)
{
	(void)code, (void)len, (void)reg;
	*ret_locals = 0;
	return 0;
}

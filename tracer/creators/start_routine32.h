/* SPDX-License-Identifier: MIT */
/* start_routine.h for a 32-bit x86 task. */
#ifndef TRACER_START_ROUTINE32_H
#define TRACER_START_ROUTINE32_H

#include "symbols/cfi32.h"
#include "creators/start_routine.h"

/* h->regs is not used. Always fills *ret. */
void start_routine32_find(struct symbols_space *space, const struct start_hints *h, const struct regs32 *regs,
	const struct backtrace *creator, struct start_routine *ret);

#endif

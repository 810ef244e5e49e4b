/* SPDX-License-Identifier: MIT */
/* The backtrace of a 32-bit x86 task, for a thrtrace that is a 64-bit program. */
#ifndef TRACER_UNWIND32_H
#define TRACER_UNWIND32_H

#include <thrtrace/backtrace.h>

#include "symbols/cfi32.h"
#include "unwind/unwind_walk.h"

/* Fills regs from the bytes of NT_PRSTATUS: 0, or -EINVAL when it is no task of this kind. */
int regs32_parse(const void *prstatus, size_t len, struct regs32 *ret) THR_MUST_CHECK;
/* w's door, tid, space and at_clone are set; its registers are not used. */
void unwind32(struct walk *w, const struct regs32 *regs, struct backtrace *ret);

#endif

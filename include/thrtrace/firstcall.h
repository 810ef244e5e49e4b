/* SPDX-License-Identifier: MIT */
/*
 * What a new task of a clone(2) wrapper calls first: by following its first instructions on paper. Pure; x86-64.
 */
#ifndef THRTRACE_FIRSTCALL_H
#define THRTRACE_FIRSTCALL_H

#include <thrtrace/base.h>

struct firstcall {
	const uint8_t *code; /* from pc on */
	size_t len;
	taddr pc;
	uint64_t reg[16];      /* by their number in instructions: rax rcx rdx rbx rsp rbp rsi rdi r8..r15 */
	const uint64_t *stack; /* words from rsp on */
	size_t n_stack;
};

/*
 * The first function that is called, jumped to through a register, or returned to: 0, with *ret_fn, and *ret_arg what
 * rdi holds then. -ENOENT when an instruction comes up that is not followed: anything but tests of the result,
 * branches on it, moves between registers, pops and calls.
 */
int firstcall_x86_64(const struct firstcall *f, taddr *ret_fn, uint64_t *ret_arg) THR_MUST_CHECK;

#endif

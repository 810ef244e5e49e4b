/* SPDX-License-Identifier: MIT */
/*
 * Steps by call frame information up the stack of a 32-bit x86 task, on a 64-bit machine: libunwind knows one machine
 * only, the one that it was built for. cfi32_libdw.c or cfi32_none.c.
 */
#ifndef TRACER_CFI32_H
#define TRACER_CFI32_H

#include <libelf.h>

#include <thrtrace/base.h>

/* Registers by their DWARF number (System V ABI, Intel386 supplement, table 2.14). */
enum { R32_EAX, R32_ECX, R32_EDX, R32_EBX, R32_ESP, R32_EBP, R32_ESI, R32_EDI, R32_EIP, REGS32 };
struct regs32 {
	uint32_t r[REGS32];
};

struct cfi32;

/*
 * Of the .eh_frame of a 32-bit x86 file: a copy, so that elf may end. NULL when it has none, or one that asks too
 * much.
 */
struct cfi32 *cfi32_from_elf(Elf *elf);
void cfi32_free(struct cfi32 *c);

typedef bool cfi32_read(void *ctx, uint32_t addr, void *buf, size_t n);
/*
 * regs of the frame that executes the file's own address `at` -> its caller's; eip becomes 0 in the outermost frame.
 * *ret_signal: the frame is a signal trampoline, so that the caller was interrupted. 0, -ENOENT when there is no entry
 * for the address, -EFAULT when the stack can't be read.
 */
int cfi32_step(struct cfi32 *c, uint32_t at, cfi32_read *read, void *ctx, struct regs32 *regs,
	bool *ret_signal) THR_MUST_CHECK;

#endif

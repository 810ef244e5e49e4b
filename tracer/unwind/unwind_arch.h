/* SPDX-License-Identifier: MIT */
/* What the unwinder must know of a machine: unwind_x86_64.c and the like, or unwind_noarch.c. */
#ifndef TRACER_UNWIND_ARCH_H
#define TRACER_UNWIND_ARCH_H

#include <thrtrace/base.h>

/* Registers by their DWARF number, which is libunwind's too. */
#define UNWIND_REGS 33
struct unwind_regs {
	uint64_t r[UNWIND_REGS];
};

struct unwind_arch {
	unsigned pc, sp, fp; /* indices into unwind_regs */
	unsigned link;       /* the return address of a leaf is in this register; 0: it is at sp */
	int frame;           /* fp + this = where the caller's fp is stored, with the return address above it */
	unsigned dwarf_pc;   /* libunwind's number of pc, where it is not its index here; 0 */
	size_t code_before;  /* bytes before a return address that tell whether a call is there */
	size_t trampoline;   /* bytes of a signal trampoline */
	uint64_t sc_regs;    /* at a signal trampoline: sp + this = the interrupted registers, in kernel order */
	int sign_regset; /* the register set whose second word has the bits of a code pointer's signature; 0: none */
};
extern const struct unwind_arch unwind_arch;

/* From the bytes of NT_PRSTATUS. -EINVAL: not a task of this machine (a 32-bit one). */
int unwind_arch_regs(const void *prstatus, size_t len, struct unwind_regs *ret) THR_MUST_CHECK;

/* What stands before a return address. */
enum unwind_call { CALL_NONE, CALL_DIRECT, CALL_SLOT, CALL_INDIRECT };
/*
 * code: the code_before bytes that end at ret. *ret_to: the called function (CALL_DIRECT), or where its address is
 * stored (CALL_SLOT).
 */
enum unwind_call unwind_arch_call(const uint8_t *code, taddr ret, taddr *ret_to);
/* A linkage table entry at `at`: where the address that it jumps to is stored; 0 when it is none. n >= 16. */
taddr unwind_arch_plt(const uint8_t *code, taddr at);
/* Is it the code that calls rt_sigreturn? */
bool unwind_arch_trampoline(const uint8_t *code);
/* Registers from the kernel's signal frame: sc are sizeof(sc) bytes at sp + sc_regs. */
#define UNWIND_SC 272
void unwind_arch_interrupted(const uint8_t sc[UNWIND_SC], struct unwind_regs *ret);
/*
 * Which registers the function beginning with code saves where: reg[i] is stored at its return address's slot minus
 * 8 * (i + 1). Returns how many. *ret_locals: how far sp goes down after that, as far as the prologue tells.
 */
size_t unwind_arch_saves(const uint8_t *code, size_t len, uint8_t reg[8], uint64_t *ret_locals);

#endif

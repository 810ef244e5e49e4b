/* SPDX-License-Identifier: MIT */
#include "try/raw_impl.h"

/* call[0] is the number; arguments in a0 to a5. */
__asm__(".text\n"
	".p2align 2\n"
	".globl raw_call\n"
	".type raw_call, @function\n"
	"raw_call:\n"
	"	mv t0, a0\n"
	"	ld a7, 0(t0)\n"
	"	ld a0, 8(t0)\n"
	"	ld a1, 16(t0)\n"
	"	ld a2, 24(t0)\n"
	"	ld a3, 32(t0)\n"
	"	ld a4, 40(t0)\n"
	"	ld a5, 48(t0)\n"
	"	ecall\n"
	"	ret\n"
	".size raw_call, . - raw_call\n");

__asm__(".text\n"
	".p2align 2\n"
	".globl raw_begin\n"
	".type raw_begin, @function\n"
	"raw_begin:\n"
	"	addi sp, sp, -32\n"
	"	sd s1, 0(sp)\n"
	"	sd s2, 8(sp)\n"
	"	sd s3, 16(sp)\n"
	"	mv s1, a1\n"
	"	mv s2, a2\n"
	"	mv s3, a3\n"
	"	mv t0, a0\n"
	"	ld a7, 0(t0)\n"
	"	ld a0, 8(t0)\n"
	"	ld a1, 16(t0)\n"
	"	ld a2, 24(t0)\n"
	"	ld a3, 32(t0)\n"
	"	ld a4, 40(t0)\n"
	"	ld a5, 48(t0)\n"
	"	ecall\n"
	"	bnez a0, 1f\n"
	"	li s0, 0\n"
	"	li ra, 0\n"
	"	mv a0, s2\n"
	"	mv a1, s3\n"
	"	jalr s1\n"
	"	ebreak\n"
	"1:	ld s3, 16(sp)\n"
	"	ld s2, 8(sp)\n"
	"	ld s1, 0(sp)\n"
	"	addi sp, sp, 32\n"
	"	ret\n"
	".size raw_begin, . - raw_begin\n");

const bool raw_clone_has_tls_first = true;

uintptr_t raw_tls(void)
{
	uintptr_t base;

	__asm__ volatile("mv %0, tp" : "=r"(base));
	return base;
}

bool raw_works(void)
{
	return true;
}

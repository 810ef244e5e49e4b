/* SPDX-License-Identifier: MIT */
#include "try/raw_impl.h"

/* call[0] is the number; arguments in x0 to x5. */
__asm__(".text\n"
	".p2align 4\n"
	".globl raw_call\n"
	".type raw_call, %function\n"
	"raw_call:\n"
	"	mov x9, x0\n"
	"	ldr x8, [x9]\n"
	"	ldp x0, x1, [x9, #8]\n"
	"	ldp x2, x3, [x9, #24]\n"
	"	ldp x4, x5, [x9, #40]\n"
	"	svc #0\n"
	"	ret\n"
	".size raw_call, . - raw_call\n");

__asm__(".text\n"
	".p2align 4\n"
	".globl raw_begin\n"
	".type raw_begin, %function\n"
	"raw_begin:\n"
	"	stp x19, x20, [sp, #-32]!\n"
	"	str x21, [sp, #16]\n"
	"	mov x19, x1\n"
	"	mov x20, x2\n"
	"	mov x21, x3\n"
	"	mov x9, x0\n"
	"	ldr x8, [x9]\n"
	"	ldp x0, x1, [x9, #8]\n"
	"	ldp x2, x3, [x9, #24]\n"
	"	ldp x4, x5, [x9, #40]\n"
	"	svc #0\n"
	"	cbnz x0, 1f\n"
	"	mov x29, #0\n"
	"	mov x30, #0\n"
	"	mov x0, x20\n"
	"	mov x1, x21\n"
	"	blr x19\n"
	"	brk #0\n"
	"1:	ldr x21, [sp, #16]\n"
	"	ldp x19, x20, [sp], #32\n"
	"	ret\n"
	".size raw_begin, . - raw_begin\n");

const bool raw_clone_has_tls_first = true;

uintptr_t raw_tls(void)
{
	uintptr_t base;

	__asm__ volatile("mrs %0, tpidr_el0" : "=r"(base));
	return base;
}

bool raw_works(void)
{
	return true;
}

/* SPDX-License-Identifier: MIT */
#include "measure/task_switch.h"

#include <stdint.h>

/* Procedure Call Standard for the Arm 64-bit Architecture: x19 to x29 and the lower halves of v8 to v15 are kept. */
__asm__(".text\n"
	".p2align 4\n"
	".globl task_switch\n"
	".type task_switch, %function\n"
	"task_switch:\n"
	"	stp x29, x30, [sp, #-160]!\n"
	"	stp x19, x20, [sp, #16]\n"
	"	stp x21, x22, [sp, #32]\n"
	"	stp x23, x24, [sp, #48]\n"
	"	stp x25, x26, [sp, #64]\n"
	"	stp x27, x28, [sp, #80]\n"
	"	stp d8, d9, [sp, #96]\n"
	"	stp d10, d11, [sp, #112]\n"
	"	stp d12, d13, [sp, #128]\n"
	"	stp d14, d15, [sp, #144]\n"
	"	mov x9, sp\n"
	"	str x9, [x0]\n"
	"	mov sp, x1\n"
	"	ldp x19, x20, [sp, #16]\n"
	"	ldp x21, x22, [sp, #32]\n"
	"	ldp x23, x24, [sp, #48]\n"
	"	ldp x25, x26, [sp, #64]\n"
	"	ldp x27, x28, [sp, #80]\n"
	"	ldp d8, d9, [sp, #96]\n"
	"	ldp d10, d11, [sp, #112]\n"
	"	ldp d12, d13, [sp, #128]\n"
	"	ldp d14, d15, [sp, #144]\n"
	"	ldp x29, x30, [sp], #160\n"
	"	ret\n"
	".size task_switch, . - task_switch\n");

enum { KEPT_WORDS = 20, LINK = 1 };

void *task_begin(char *top, void (*run)(void))
{
	uint64_t *sp = (uint64_t *)((uintptr_t)top & ~(uintptr_t)15) - KEPT_WORDS;

	for (int i = 0; i < KEPT_WORDS; i++)
		sp[i] = 0;
	sp[LINK] = (uintptr_t)run;
	return sp;
}

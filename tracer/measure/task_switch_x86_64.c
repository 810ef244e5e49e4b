/* SPDX-License-Identifier: MIT */
#include "measure/task_switch.h"

#include <stdint.h>

/* System V ABI: rbx, rbp, r12 to r15 belong to the caller. */
__asm__(".text\n"
	".p2align 4\n"
	".globl task_switch\n"
	".type task_switch, @function\n"
	"task_switch:\n"
	"	push %rbp\n"
	"	push %rbx\n"
	"	push %r12\n"
	"	push %r13\n"
	"	push %r14\n"
	"	push %r15\n"
	"	mov %rsp, (%rdi)\n"
	"	mov %rsi, %rsp\n"
	"	pop %r15\n"
	"	pop %r14\n"
	"	pop %r13\n"
	"	pop %r12\n"
	"	pop %rbx\n"
	"	pop %rbp\n"
	"	ret\n"
	".size task_switch, . - task_switch\n");

/* Six registers, where to return to, and a word above it: a function begins 8 bytes off a multiple of 16. */
void *task_begin(char *top, void (*run)(void))
{
	uint64_t *sp = (uint64_t *)((uintptr_t)top & ~(uintptr_t)15);

	*--sp = 0;
	*--sp = (uintptr_t)run;
	for (int i = 0; i < 6; i++)
		*--sp = 0;
	return sp;
}

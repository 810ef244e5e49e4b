/* SPDX-License-Identifier: MIT */
#include "try/raw.h"

#include <sys/syscall.h>

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

/*
 * raw_begin(call, body, arg, kept): the new task finds its last three in registers, as its creator had them, for its
 * stack has nothing on it.
 */
long raw_begin(const long call[7], task_body *body, void *arg, uint64_t kept);
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

long raw_task(const struct task_args *a, bool clone3, task_body *body, void *arg)
{
	uint64_t top = a->stack ? a->stack + a->stack_size : 0;
	uint64_t word = a->flags | a->exit_signal;
	/* The pidfd of clone(2) goes where the tid would. */
	uint64_t parent_tid = a->pidfd ? a->pidfd : a->parent_tid;
	const long by_clone[7] = { SYS_clone, (long)word, (long)top, (long)parent_tid, (long)a->tls,
		(long)a->child_tid };
	const long by_clone3[7] = { SYS_clone3, (long)a, sizeof(*a) };

	return raw_begin(clone3 ? by_clone3 : by_clone, body, arg, KEPT_IN_REGISTER);
}

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

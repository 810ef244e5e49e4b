/* SPDX-License-Identifier: MIT */
#include "try/raw_impl.h"

#include <asm/prctl.h>
#include <sys/syscall.h>

/* call[0] is the number; arguments in rdi, rsi, rdx, r10, r8, r9. */
__asm__(".text\n"
	".p2align 4\n"
	".globl raw_call\n"
	".type raw_call, @function\n"
	"raw_call:\n"
	"	mov 0(%rdi), %rax\n"
	"	mov 16(%rdi), %rsi\n"
	"	mov 24(%rdi), %rdx\n"
	"	mov 32(%rdi), %r10\n"
	"	mov 40(%rdi), %r8\n"
	"	mov 48(%rdi), %r9\n"
	"	mov 8(%rdi), %rdi\n"
	"	syscall\n"
	"	ret\n"
	".size raw_call, . - raw_call\n");

__asm__(".text\n"
	".p2align 4\n"
	".globl raw_begin\n"
	".type raw_begin, @function\n"
	"raw_begin:\n"
	"	push %rbx\n"
	"	push %r12\n"
	"	push %r13\n"
	"	mov %rsi, %rbx\n"
	"	mov %rdx, %r12\n"
	"	mov %rcx, %r13\n"
	"	mov 0(%rdi), %rax\n"
	"	mov 16(%rdi), %rsi\n"
	"	mov 24(%rdi), %rdx\n"
	"	mov 32(%rdi), %r10\n"
	"	mov 40(%rdi), %r8\n"
	"	mov 48(%rdi), %r9\n"
	"	mov 8(%rdi), %rdi\n"
	"	syscall\n"
	"	test %rax, %rax\n"
	"	jnz 1f\n"
	"	xor %ebp, %ebp\n"
	"	mov %r12, %rdi\n"
	"	mov %r13, %rsi\n"
	"	and $-16, %rsp\n"
	"	call *%rbx\n"
	"	ud2\n"
	"1:	pop %r13\n"
	"	pop %r12\n"
	"	pop %rbx\n"
	"	ret\n"
	".size raw_begin, . - raw_begin\n");

const bool raw_clone_has_tls_first = false;

uintptr_t raw_tls(void)
{
	uintptr_t base = 0;

	raw(SYS_arch_prctl, ARCH_GET_FS, (long)&base);
	return base;
}

bool raw_works(void)
{
	return true;
}

/* SPDX-License-Identifier: MIT */
/* Three stacks that are one mapping, guarded by madvise and given to clone3: each has its own bounds in every mode. */
#include "rawtask.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif
#define SIZE (256 * 1024)

#if defined(__x86_64__) || defined(__aarch64__)
/* The new task makes no use of its stack: it exits in the next two instructions. */
static pid_t clone3_and_exit(struct clone_args *args)
{
#ifdef __x86_64__
	long ret;

	__asm__ volatile("syscall\n\ttest %%rax, %%rax\n\tjnz 2f\n"
			 "1:\tmov %2, %%eax\n\txor %%edi, %%edi\n\tsyscall\n\tjmp 1b\n"
			 "2:\n"
			 : "=a"(ret)
			 : "0"((long)SYS_clone3), "i"(SYS_exit), "D"(args), "S"(sizeof(*args))
			 : "rcx", "r11", "memory", "cc");
#else
	register long nr __asm__("x8") = SYS_clone3;
	register long ret __asm__("x0") = (long)args;
	register long size __asm__("x1") = sizeof(*args);

	__asm__ volatile("svc #0\n\tcbnz x0, 2f\n"
			 "1:\tmov x8, %3\n\tmov x0, #0\n\tsvc #0\n\tb 1b\n"
			 "2:\n"
			 : "+r"(ret)
			 : "r"(nr), "r"(size), "i"(SYS_exit)
			 : "memory", "cc");
#endif
	return (pid_t)ret;
}

int main(void)
{
	char *block = map(3 * SIZE, PROT_READ | PROT_WRITE, MAP_STACK);

	for (int i = 0; i < 3; i++)
		if (madvise(block + i * SIZE, 4096, MADV_GUARD_INSTALL) < 0)
			skip("this kernel has no MADV_GUARD_INSTALL (Linux 6.13)");
	for (int i = 0; i < 3; i++) {
		char *low = block + i * SIZE;
		struct fake_tcb *tcb = fake_tcb(low + SIZE);
		struct clone_args args = {
			.flags = THREAD_FLAGS | CLONE_SETTLS,
			.stack = (uintptr_t)low,
			.stack_size = (uint64_t)((char *)tcb - 64 - low),
			.tls = (uintptr_t)tcb,
			.child_tid = (uintptr_t)&tcb->tid,
			.parent_tid = (uintptr_t)&tcb->tid,
		};
		MUST(clone3_and_exit(&args) > 0);
		wait_cleared(&tcb->tid);
		EXPECT_IF("light", "1 birth task=T%d guard.kind=MADV_GUARD guard.low=%p stack.bytes=%d", i + 1,
			(void *)low, SIZE - 4096);
	}
	EXPECT("3 end how=exit");
	return 0;
}
#else
int main(void)
{
	skip("raw clone3 is written for x86_64 and aarch64");
}
#endif

/* SPDX-License-Identifier: MIT */
/*
 * clone, clone3 and unshare as bare system calls, for tests that try any flag word. The new task uses no stack and
 * no memory at all: it exits (or pauses) in the next two instructions. So it may share memory, stack and TLS with
 * its creator and do no harm.
 */
#ifndef THRTRACE_TESTS_RAWCLONE_H
#define THRTRACE_TESTS_RAWCLONE_H

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define RAWCLONE 1
/* after: what the new task calls, over and over: SYS_exit, or SYS_pause. Returns the tid or -errno. */
static inline long raw_clone(long nr, long a, long b, long c, long d, long e, long after)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = after;
	long ret;

	__asm__ volatile("syscall\n\ttest %%rax, %%rax\n\tjnz 2f\n"
			 "1:\tmov %%r9, %%rax\n\txor %%edi, %%edi\n\tsyscall\n\tjmp 1b\n"
			 "2:\n"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory", "cc");
	return ret;
}
#define RAW_PAUSE                         SYS_pause
#define CLONE_ARGS_ORDER(ptid, ctid, tls) (ptid), (ctid), (tls)
#elif defined(__aarch64__)
#define RAWCLONE                          1
static inline long raw_clone(long nr, long a, long b, long c, long d, long e, long after)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = after;

	__asm__ volatile("svc #0\n\tcbnz x0, 2f\n"
			 "1:\tmov x8, x5\n\tmov x0, #0\n\tmov x1, #0\n\tmov x2, #0\n\tmov x3, #0\n\tsvc #0\n\tb 1b\n"
			 "2:\n"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory", "cc");
	return x0;
}
#define RAW_PAUSE                         SYS_ppoll /* with no descriptors and no timeout: there is no pause(2) */
#define CLONE_ARGS_ORDER(ptid, ctid, tls) (ptid), (tls), (ctid)
#elif defined(__riscv) && __riscv_xlen == 64
#define RAWCLONE                          1
static inline long raw_clone(long nr, long a, long b, long c, long d, long e, long after)
{
	register long a7 __asm__("a7") = nr;
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;
	register long a4 __asm__("a4") = e;
	register long a5 __asm__("a5") = after;

	__asm__ volatile("ecall\n\tbnez a0, 2f\n"
			 "1:\tmv a7, a5\n\tli a0, 0\n\tli a1, 0\n\tli a2, 0\n\tli a3, 0\n\tecall\n\tj 1b\n"
			 "2:\n"
			 : "+r"(a0)
			 : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5)
			 : "memory", "cc");
	return a0;
}
#define RAW_PAUSE                         SYS_ppoll
#define CLONE_ARGS_ORDER(ptid, ctid, tls) (ptid), (tls), (ctid)
#endif

/* xorshift64*: the same words for the same seed on every machine. */
static inline uint64_t next_random(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return x * UINT64_C(0x2545F4914F6CDD1D);
}

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Another thread rewrites struct clone_args all the time, between a thread's word and a process's. What was made is
 * what the kernel has read, whatever the tracer has.
 */
#include "oddity.h"

#if defined(__x86_64__)
static long raw(long nr, long arg)
{
	__asm__ volatile("syscall" : "+a"(nr) : "D"(arg) : "rcx", "r11", "memory");
	return nr;
}
#elif defined(__aarch64__)
static long raw(long nr, long arg)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = arg;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8) : "memory");
	return x0;
}
#else
#define NOT_WRITTEN
#endif

#ifndef NOT_WRITTEN
enum { ROUNDS = 200, STACK = 65536 };

#define THREAD_WORD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

static volatile struct clone_args args;
static volatile bool over;
static struct shared {
	int threads, processes, gone;
} * shared;

static void *rewriter(void *arg)
{
	for (uint64_t i = 0; !over; i++) {
		args.flags = i & 64 ? THREAD_WORD : 0;
		args.exit_signal = i & 64 ? 0 : SIGCHLD;
	}
	return arg;
}

/* The child uses no thread-local variable: it may have its creator's. */
static void child(void)
{
	long pid = raw(SYS_getpid, 0), tid = raw(SYS_gettid, 0);

	__atomic_fetch_add(pid == tid ? &shared->processes : &shared->threads, 1, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&shared->gone, 1, __ATOMIC_SEQ_CST);
	for (;;)
		raw(SYS_exit, 0);
}

/* SYS_clone3 whose child goes to another stack. */
static long clone3(volatile struct clone_args *a)
{
#ifdef __x86_64__
	long ret = SYS_clone3;

	__asm__ volatile("syscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\tcall *%3\n1:"
			 : "+a"(ret)
			 : "D"(a), "S"(sizeof(*a)), "r"(child)
			 : "rcx", "r11", "memory", "cc");
#else
	register long nr __asm__("x8") = SYS_clone3;
	register long ret __asm__("x0") = (long)a;
	register long size __asm__("x1") = sizeof(*a);

	__asm__ volatile("svc #0\n\tcbnz x0, 1f\n\tblr %3\n1:"
			 : "+r"(ret)
			 : "r"(nr), "r"(size), "r"(child)
			 : "x30", "memory", "cc");
#endif
	return ret;
}

int main(void)
{
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int made = 0;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	args.stack = (uintptr_t)stack;
	args.stack_size = STACK;
	pthread_t t = start(rewriter, NULL);
	while (made < ROUNDS) {
		long got = clone3(&args);
		if (got < 0) { /* a thread's word with a signal */
			MUST(got == -EINVAL);
			sched_yield();
			continue;
		}
		made++;
		while (__atomic_load_n(&shared->gone, __ATOMIC_SEQ_CST) < made)
			sched_yield();
		wait_gone((pid_t)got); /* a thread's stack is used again */
	}
	over = true;
	pthread_join(t, NULL);
	while (wait(NULL) > 0)
		;
	/* And the rewriter itself. */
	EXPECT("+%d birth kind=thread followed=true", shared->threads + 1);
	EXPECT("+%d birth kind=process", shared->processes);
	return 0;
}
#else
int main(void)
{
	skip("raw clone3 is written for x86_64 and aarch64");
}
#endif

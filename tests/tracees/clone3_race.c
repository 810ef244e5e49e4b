/* SPDX-License-Identifier: MIT */
/*
 * Another thread rewrites struct clone_args all the time, between a thread's word and a process's. What was made is
 * what the kernel has read, whatever the tracer has.
 */
#include "oddity.h"

#ifdef __x86_64__
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
	long pid, tid;

	__asm__ volatile("syscall" : "=a"(pid) : "a"((long)SYS_getpid) : "rcx", "r11", "memory");
	__asm__ volatile("syscall" : "=a"(tid) : "a"((long)SYS_gettid) : "rcx", "r11", "memory");
	__atomic_fetch_add(pid == tid ? &shared->processes : &shared->threads, 1, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&shared->gone, 1, __ATOMIC_SEQ_CST);
	for (;;)
		__asm__ volatile("syscall" : : "a"((long)SYS_exit), "D"(0L) : "rcx", "r11", "memory");
}

/* SYS_clone3 whose child goes to another stack. */
static long clone3(volatile struct clone_args *a)
{
	long ret = SYS_clone3;

	__asm__ volatile("syscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\tcall *%3\n1:"
			 : "+a"(ret)
			 : "D"(a), "S"(sizeof(*a)), "r"(child)
			 : "rcx", "r11", "memory", "cc");
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
	skip("raw clone3 is written for x86_64");
}
#endif

/* SPDX-License-Identifier: MIT */
/*
 * A thread runtime on clone(2) in a hundred lines, and the mistakes that people make in one. It prints the kind of the
 * finding that is right ("none" for `good`); with most mistakes the thread may die, so the parent never depends on it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define STACK ((size_t)65536)
#define GUARD ((size_t)sysconf(_SC_PAGESIZE))
#define FLAGS                                                                                                          \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |             \
		CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)

/* What a thread of this runtime needs of TLS: the self pointer, and room for libc's fields that it never uses. */
struct tcb {
	char below[4096];
	struct tcb_head {
		void *self;
		char fields[4088];
	} head;
};

struct thread {
	char *stack;
	struct tcb tcb __attribute__((aligned(64)));
	volatile int tid;
};

static struct thread threads[2];
static volatile int hold;

/* Uses no libc: the thread structure is not libc's. */
static int body(void *arg)
{
	(void)arg;
	while (hold)
		__asm__ volatile("" ::: "memory");
	return 0;
}

static char *map_stack(void)
{
	char *p = mmap(NULL, GUARD + STACK, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	return p == MAP_FAILED || mprotect(p + GUARD, STACK, PROT_READ | PROT_WRITE) < 0 ? NULL : p + GUARD;
}

/* libc's clone would round sp down, and write to the new stack itself. */
static long raw_clone(int (*fn)(void *), char *sp, long flags, volatile int *tid, void *tls)
{
#ifdef __x86_64__
	register volatile int *ctid __asm__("r10") = tid;
	register void *tp __asm__("r8") = tls;
	register int (*run)(void *) __asm__("r12") = fn;
	long ret;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "xor %%edi, %%edi\n\t"
			 "call *%%r12\n\t"
			 "mov %%eax, %%edi\n\t"
			 "mov $60, %%eax\n\t"
			 "syscall\n\t"
			 "1:"
			 : "=a"(ret)
			 : "a"(SYS_clone), "D"(flags), "S"(sp), "d"(tid), "r"(ctid), "r"(tp), "r"(run)
			 : "rcx", "r11", "memory");
	return ret < 0 ? -ret : 0;
#else
	return clone(fn, sp, (int)flags, NULL, tid, tls, tid) < 0 ? errno : 0;
#endif
}

static int start(struct thread *t, char *sp, int flags)
{
	t->tcb.head.self = &t->tcb.head;
	return (int)raw_clone(body, sp, flags, &t->tid, &t->tcb.head);
}

/* Waits for the kernel to clear the word, but not for ever: some of the mistakes keep it from doing so. */
static void join(struct thread *t)
{
	struct timespec limit = { .tv_nsec = 300000000 };
	int tid = t->tid;

	if (tid)
		(void)syscall(SYS_futex, &t->tid, FUTEX_WAIT, tid, &limit, NULL, 0);
}

/* Until the kernel has no such thread any more. */
static void outlive(const struct thread *t)
{
	while (syscall(SYS_tgkill, getpid(), t->tid, 0) == 0)
		(void)sched_yield();
}

static int run(const char *mistake)
{
	struct thread *t = &threads[0], *u = &threads[1];
	char *stack = map_stack(), *sp = stack + STACK;
	bool shared = strcmp(mistake, "shared") == 0, late = strcmp(mistake, "toolate") == 0;
	bool nobody_clears = late || strcmp(mistake, "nocleartid") == 0;
	int flags = FLAGS, err;

	if (!stack)
		return 1;
	if (strcmp(mistake, "nosettls") == 0)
		flags &= ~CLONE_SETTLS;
	else if (strcmp(mistake, "lowend") == 0)
		sp = stack + 16;
	else if (strcmp(mistake, "unaligned") == 0)
		sp -= 5;
	else if (strcmp(mistake, "freed") == 0)
		(void)munmap(stack, STACK);
	else if (strcmp(mistake, "nosighand") == 0)
		flags &= ~CLONE_SIGHAND;
	else if (nobody_clears)
		flags &= ~CLONE_CHILD_CLEARTID;
	hold = shared || (nobody_clears && !late);
	err = start(t, sp, flags);
	if (!err && shared) {
		err = start(u, sp, flags);
		hold = 0;
	}
	if (!err && late)
		outlive(t);
	if (!err)
		join(t);
	hold = 0;
	return err == EINVAL && strcmp(mistake, "nosighand") == 0 ? 0 : err;
}

static const char *const expect[][2] = {
	{ "good", "none" },
	{ "nosettls", "tls-missing" },
	{ "lowend", "sp-low-end" },
	{ "unaligned", "sp-unaligned" },
	{ "shared", "stack-shared" },
	{ "freed", "sp-unmapped" },
	{ "nosighand", "EINVAL" },
	{ "nocleartid", "wait-in-vain" },
	{ "toolate", "wait-in-vain" },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof(expect) / sizeof(expect[0]); i++) {
		if (strcmp(argv[1], expect[i][0]) == 0) {
			printf("expect: %s\n", expect[i][1]);
			(void)fflush(stdout);
			return run(argv[1]);
		}
	}
	(void)fputs(
		"usage: rawclone good|nosettls|lowend|unaligned|shared|freed|nosighand|nocleartid|toolate\n", stderr);
	return 2;
}

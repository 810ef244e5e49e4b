/* SPDX-License-Identifier: MIT */
/*
 * Faults whose cause lies elsewhere than it seems, in the way that the argument says:
 *
 *     fiber      the stack of a fiber overflows, whose thread has plenty    noguard  a stack without a guard
 *     handled    an overflow that a handler on an alternate stack sees      recovered  and goes on after it
 *     freed      the thread's own stack is unmapped while it sleeps         return   nothing to return to
 *     dlclosed   the code that it is to return to is gone                   lowered  the guard was unmapped before
 */
#include <dlfcn.h>
#include <setjmp.h>
#include <ucontext.h>

#include "rawtask.h"
#include "small_stack.h"

/* A page less is still enough for pthread_attr_setstack. */
#define STACK ((size_t)2 * SMALL_STACK)
#define PAGE  ((size_t)sysconf(_SC_PAGESIZE))

__attribute__((noinline)) static int deep(volatile int n)
{
	volatile char local[200];

	local[n % 200] = 1;
	return n < 0 ? local[0] : deep(n + 1) + local[n % 200];
}

static void overflow(void)
{
	deep(1);
}

/* Where nothing lies below: the address space around it is taken, and left without access. */
static char *lonely(size_t size)
{
	char *at = map(size + ((size_t)2 << 20), PROT_NONE, MAP_NORESERVE) + ((size_t)1 << 20);

	MUST(munmap(at - ((size_t)1 << 20), (size_t)1 << 20) == 0);
	MUST(mprotect(at, size, PROT_READ | PROT_WRITE) == 0);
	return at;
}

static void run_at(char *low, size_t size, void *(*body)(void *), void *arg)
{
	pthread_attr_t attr;
	pthread_t t;

	pthread_attr_init(&attr);
	MUST(pthread_attr_setstack(&attr, low, size) == 0 && pthread_create(&t, &attr, body, arg) == 0);
	pthread_join(t, NULL);
}

static void *overflows(void *arg)
{
	overflow();
	return arg;
}

static void *in_fiber(void *arg)
{
	static ucontext_t thread, fiber;
	char *low = map(STACK, PROT_READ | PROT_WRITE, 0);

	MUST(mprotect(low, PAGE, PROT_NONE) == 0 && getcontext(&fiber) == 0);
	fiber.uc_stack.ss_sp = low + PAGE;
	fiber.uc_stack.ss_size = STACK - PAGE;
	fiber.uc_link = &thread;
	makecontext(&fiber, overflow, 0);
	swapcontext(&thread, &fiber);
	return arg;
}

static bool recovers;
static sigjmp_buf before;

static void on_overflow(int sig)
{
	(void)sig;
	if (recovers)
		siglongjmp(before, 1);
	_exit(3);
}

static void *handles(void *arg)
{
	stack_t alt = { .ss_sp = map(STACK, PROT_READ | PROT_WRITE, 0), .ss_size = STACK };

	MUST(sigaltstack(&alt, NULL) == 0);
	if (!sigsetjmp(before, 1))
		overflow();
	return arg;
}

static int gate[2];

static void *sleeps(void *arg)
{
	char c;

	MUST(read(gate[0], &c, 1) == 1);
	return arg;
}

static pid_t another(void)
{
	/* This thread is the first; the list has the other, too, once it is there. */
	for (pid_t tid = getpid() + 1;; tid++)
		if (syscall(SYS_tgkill, getpid(), tid, 0) == 0)
			return tid;
}

static void freed(void)
{
	char *low = lonely(STACK);
	pthread_attr_t attr;
	pthread_t t;

	pthread_attr_init(&attr);
	MUST(pthread_attr_setstack(&attr, low, STACK) == 0 && pthread_create(&t, &attr, sleeps, NULL) == 0);
	wait_in_call(another(), SYS_read);
	MUST(munmap(low, STACK) == 0 && write(gate[1], "x", 1) == 1);
	pause();
}

static void dlclosed(void)
{
	void *lib = dlopen(LIBRARY, RTLD_NOW);
	void *(*stay)(void *) = lib ? (void *(*)(void *))dlsym(lib, "stay") : NULL;
	pthread_t t;

	MUST(stay && pthread_create(&t, NULL, stay, &gate[0]) == 0);
	wait_in_call(another(), SYS_read);
	sleep_ms(20); /* thrtrace takes a mapping that it saw within 2 ms to be there still */
	MUST(dlclose(lib) == 0 && write(gate[1], "x", 1) == 1);
	pause();
}

static void *returns(void *arg)
{
#ifdef __x86_64__
	static uint64_t empty[1024];
	__asm__ volatile("mov %0, %%rsp\n\tret" : : "r"(&empty[512]) : "memory");
#elif defined(__aarch64__)
	__asm__ volatile("mov x30, xzr\n\tret" : : : "x30", "memory");
#endif
	return arg;
}

static void *loses_guard(void *arg)
{
	MUST(munmap(arg, PAGE) == 0);
	overflow();
	return NULL;
}

int main(int argc, char **argv)
{
	const char *way = argc == 2 ? argv[1] : "";
	char *low;

	MUST(pipe2(gate, O_CLOEXEC) == 0);
	recovers = strcmp(way, "recovered") == 0;
	if (strcmp(way, "fiber") == 0) {
		pthread_join(start(in_fiber, NULL), NULL);
	} else if (strcmp(way, "noguard") == 0) {
		run_at(lonely(STACK), STACK, overflows, NULL);
	} else if (strcmp(way, "lowered") == 0) {
		low = lonely(STACK);
		MUST(mprotect(low, PAGE, PROT_NONE) == 0);
		run_at(low + PAGE, STACK - PAGE, loses_guard, low);
	} else if (strcmp(way, "handled") == 0 || recovers) {
		struct sigaction sa = { .sa_handler = on_overflow, .sa_flags = SA_ONSTACK };
		MUST(sigaction(SIGSEGV, &sa, NULL) == 0);
		pthread_join(start(handles, NULL), NULL);
	} else if (strcmp(way, "freed") == 0) {
		freed();
	} else if (strcmp(way, "dlclosed") == 0) {
		dlclosed();
	} else if (strcmp(way, "return") == 0) {
#if !defined(__x86_64__) && !defined(__aarch64__)
		printf("SKIP written for x86_64 and aarch64\n");
		return 0;
#endif
		pthread_join(start(returns, NULL), NULL);
	}
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * pthread_detach and pthread_join of a thread that is ending, as glibc 2.43 and musl do it: both wait for the end on
 * the same word, at the same value. The functions are this program's own, of those names; each goes on by a jump, as
 * the C library's do, and so has no frame.
 */
#include "rawtask.h"

enum { ENDED, ENDING };

struct thread {
	volatile int word; /* cleared by the kernel; another than that of the tid */
	volatile int tid, go;
};

__attribute__((noinline)) static int wait_end(struct thread *t)
{
	while (t->word != ENDED)
		syscall(SYS_futex, &t->word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, ENDING, NULL, NULL,
			FUTEX_BITSET_MATCH_ANY);
	return 0;
}

#define JUMPS __attribute__((noinline, noclone, optimize("O2", "omit-frame-pointer")))
extern int own_detach(struct thread *t) __asm__("pthread_detach");
extern int own_join(struct thread *t) __asm__("pthread_join");

JUMPS int own_detach(struct thread *t)
{
	return wait_end(t);
}

JUMPS int own_join(struct thread *t)
{
	return wait_end(t);
}

static int body(void *arg)
{
	struct thread *t = arg;

	while (!t->go)
		syscall(SYS_sched_yield);
	raw_exit(0);
}

static void *let_end(void *arg)
{
	struct thread *t = arg;

	wait_in_call(getpid(), SYS_futex);
	t->go = 1;
	return NULL;
}

/* The thread's tid. */
static pid_t start_ending(struct thread *t)
{
	char *stack = map(65536, PROT_READ | PROT_WRITE, MAP_STACK);
	struct fake_tcb *tcb = fake_tcb(stack + 65536);
	pthread_t helper;

	t->word = ENDING;
	pid_t tid = clone(body, (char *)tcb - 64, THREAD_FLAGS | CLONE_SETTLS, t, &t->tid, tcb, &t->word);
	MUST(tid > 0);
	MUST(pthread_create(&helper, NULL, let_end, t) == 0);
	return tid;
}

int main(void)
{
	static struct thread threads[2];
	pid_t tid = start_ending(&threads[0]);

	MUST(own_detach(&threads[0]) == 0);
	wait_gone(tid);
	tid = start_ending(&threads[1]);
	MUST(own_join(&threads[1]) == 0);
	wait_gone(tid);
	EXPECT_IF("calls", "1.. call_begin name=futex detaches=T1");
	EXPECT_IF("calls", "0 call_begin name=futex joins=T1");
	EXPECT_IF("calls", "1.. call_begin name=futex joins=T3");
	EXPECT_IF("calls", "0 join task=T0 joined=T1");
	EXPECT_IF("calls", "1 join task=T0 joined=T3");
	EXPECT("1 end task=T1 how=exit joined_by=null");
	EXPECT_IF("calls", "1 end task=T3 how=exit joined_by=T0");
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Tasks made by clone(2) directly, without the C library's threads: their bodies may use raw system calls only. */
#ifndef THRTRACE_TESTS_RAWTASK_H
#define THRTRACE_TESTS_RAWTASK_H

#include "oddity.h"

#define THREAD_FLAGS                                                                                                   \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_PARENT_SETTID |      \
		CLONE_CHILD_CLEARTID)

/* Something for the new task's TLS register: where the C library would have its struct pthread. Points to itself. */
struct fake_tcb {
	void *self, *pad[63];
	volatile int tid;
};

static inline struct fake_tcb *fake_tcb(char *stack_high)
{
	struct fake_tcb *tcb = (struct fake_tcb *)(uintptr_t)(((uintptr_t)stack_high - sizeof(*tcb)) & ~63UL);

	memset(tcb, 0, sizeof(*tcb));
	tcb->self = tcb;
	tcb->tid = 1;
	return tcb;
}

static inline int raw_body(void *arg)
{
	syscall(SYS_getpid);
	raw_exit((int)(long)arg);
}

/* A thread on the block [low, high), with its TLS at the top, as C libraries lay it out. Waits for its end. */
static inline void run_on(char *low, char *high, unsigned long more_flags)
{
	(void)low;
	struct fake_tcb *tcb = fake_tcb(high);
	pid_t tid = clone(raw_body, (char *)tcb - 64, (int)(THREAD_FLAGS | CLONE_SETTLS | more_flags), NULL, &tcb->tid,
		tcb, &tcb->tid);

	MUST(tid > 0);
	wait_cleared(&tcb->tid);
	wait_gone(tid);
}

static inline char *map(size_t bytes, int prot, int more_flags)
{
	char *p = mmap(NULL, bytes, prot, MAP_PRIVATE | MAP_ANONYMOUS | more_flags, -1, 0);

	MUST(p != MAP_FAILED);
	return p;
}

#endif

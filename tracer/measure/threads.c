/* SPDX-License-Identifier: MIT */
/* Threads: made by the C library, and by the kernel alone. */
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "measure/measure.h"

static void *nothing(void *arg)
{
	return arg;
}

void measure_pthread(struct samples *s)
{
	pthread_t t;

	while (samples_want(s)) {
		uint64_t begin = measure_now();
		if (pthread_create(&t, NULL, nothing, NULL) || pthread_join(t, NULL)) {
			s->unknown = "pthread_create failed";
			return;
		}
		samples_add(s, (double)(measure_now() - begin));
	}
}

/* It shares its creator's TLS: it may do nothing that looks there. */
static __attribute__((no_sanitize("address", "undefined"))) int leave(void *arg)
{
	(void)arg;
	return 0;
}

static void wait_for_zero(_Atomic pid_t *word)
{
	pid_t tid;

	while ((tid = atomic_load(word)) != 0)
		syscall(SYS_futex, word, FUTEX_WAIT, tid, NULL, NULL,
			0); /* not private: the kernel wakes it at the end */
}

void measure_clone(struct samples *s)
{
	enum { STACK = 64 << 10 };
	static _Atomic pid_t word;
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
		CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;

	if (stack == MAP_FAILED) {
		s->unknown = "there is no memory for a stack";
		return;
	}
	while (samples_want(s)) {
		uint64_t begin = measure_now();
		if (clone(leave, stack + STACK, flags, NULL, &word, NULL, &word) < 0) {
			s->unknown = "clone failed";
			break;
		}
		wait_for_zero(&word);
		samples_add(s, (double)(measure_now() - begin));
	}
	munmap(stack, STACK);
}

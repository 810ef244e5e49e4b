/* SPDX-License-Identifier: MIT */
/* All that is known of one thread that runs (--explain-thread). The facts: tracer/kernel/thread_facts.c. */
#ifndef THRTRACE_THREAD_PAGE_H
#define THRTRACE_THREAD_PAGE_H

#include <thrtrace/census_stacks.h>
#include <thrtrace/proc_text.h>

/* What a census does not ask of all threads. */
struct thread_facts {
	pid_t tid, tgid;
	bool signals_known;
	uint64_t pending, pending_all; /* for the thread, and for its process: bit n - 1 for signal n */
	uint64_t blocked, ignored, caught;
	char cgroup[PROC_PATH];  /* its path in version 2's hierarchy; "" not known */
	uint64_t ns[NS_KINDS];   /* inodes of /proc/TID/ns; 0 not known */
	uint8_t alike[NS_KINDS]; /* enum proof_answer: is it that of its process's first thread? */
};

struct thread_page {
	const struct census *c;
	const struct census_task *t; /* one of c's */
	const struct thread_facts *facts;
	const struct census_stack *stack; /* its frames; NULL: not asked for */
};

void thread_page_text(const struct thread_page *p, struct outbuf *out);
/* 0 or -ENOMEM; out's status is the caller's to look at. */
int thread_page_json(const struct thread_page *p, struct outbuf *out) THR_MUST_CHECK;

#endif

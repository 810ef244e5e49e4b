/* SPDX-License-Identifier: MIT */
/*
 * Why a thread died of SIGSEGV or SIGBUS, told from values: the fault, the thread's stack, the stacks and thread
 * structures of threads that are gone. Pure.
 */
#ifndef THRTRACE_FAULT_H
#define THRTRACE_FAULT_H

#include <thrtrace/backtrace.h>
#include <thrtrace/base.h>

enum fault_kind {
	FAULT_NONE,         /* none of these: a wild pointer, a write to read-only memory, ... */
	FAULT_GUARD,        /* stack overflow, caught by the guard */
	FAULT_JUMPED_GUARD, /* stack overflow by a step larger than the guard */
	FAULT_STACK_LIMIT,  /* the main thread's stack may not grow further (RLIMIT_STACK) */
	FAULT_OLD_STACK,    /* the stack of a thread that is gone */
	FAULT_DEAD_TLS,     /* thread-local storage of a thread that is gone */
	FAULT_NULL_CALL,    /* a call through a null function pointer */
	FAULT_NULL_POINTER,
};

struct fault_area {
	taddr low, high;      /* [low, high); for a stack: the usable part */
	taddr guard_low;      /* [guard_low, guard_low + guard_bytes) is the guard */
	uint64_t guard_bytes; /* 0: none, or unknown */
	uint32_t label;       /* whose: T<label> */
};

struct fault_facts {
	int sig, code; /* si_signo, si_code */
	taddr addr;    /* si_addr */
	taddr pc, sp;
	bool own_known;
	struct fault_area own;          /* the thread's own stack */
	bool own_grows;                 /* it is the main thread's [stack] */
	const struct fault_area *other; /* stacks of other live threads */
	size_t n_other;
	const struct fault_area *old; /* stacks of threads that are gone, latest first */
	size_t n_old;
	const struct fault_area *tls; /* thread structures and TLS of threads that are gone, latest first */
	size_t n_tls;
};

struct fault_verdict {
	enum fault_kind kind;
	uint64_t past;    /* GUARD, JUMPED_GUARD: bytes below the stack's usable end */
	uint32_t whose;   /* OLD_STACK, DEAD_TLS: T<whose> */
	char text[256];   /* a sentence without a full stop; "" for FAULT_NONE */
	char repair[256]; /* likewise; "" when there is nothing to say */
};

void fault_judge(const struct fault_facts *f, struct fault_verdict *ret);

#endif

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
	FAULT_NO_GUARD,     /* stack overflow of a stack that has none */
	FAULT_OTHER_GUARD,  /* overflow of what the thread ran on instead of its stack: a fiber's, a signal handler's */
	FAULT_JUMPED_GUARD, /* stack overflow by a step larger than the guard */
	FAULT_STACK_LIMIT,  /* the main thread's stack may not grow further (RLIMIT_STACK) */
	FAULT_OLD_STACK,    /* the stack of a thread that is gone */
	FAULT_DEAD_TLS,     /* thread-local storage of a thread that is gone */
	FAULT_NULL_CALL,    /* a call through a null function pointer */
	FAULT_EMPTY_RETURN, /* a return to where the stack held no address */
	FAULT_GONE_STACK,   /* the thread's own stack, which is no longer mapped */
	FAULT_GONE_CODE,    /* code of a module that is no longer mapped */
	FAULT_NULL_POINTER,
};

/* What is mapped at the address that faulted. */
enum fault_place {
	PLACE_NOT_ASKED,
	PLACE_NOTHING,
	PLACE_GUARD, /* pages without access: PROT_NONE or MADV_GUARD */
	PLACE_READ_ONLY,
	PLACE_WRITABLE,
};

/* How execution came to an address where no code is. */
enum fault_way {
	WAY_NOT_ASKED,
	WAY_CALL,   /* the stack's top holds an address in code, where the call is to return to */
	WAY_RETURN, /* pc is the word that was last taken off the stack, and no address of code lies above it */
	WAY_LINK,   /* pc is what the link register holds, which a call would have set (aarch64, riscv64) */
	WAY_UNKNOWN,
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
	enum fault_place at;       /* of addr; of sp where the code is SI_KERNEL, which has no address */
	bool sp_elsewhere;         /* sp lies in another mapping than the thread's stack: */
	struct fault_area sp_area; /* that, and the guard below it */
	enum fault_way way;
	const char *gone_module;     /* whose code was at pc, where nothing is mapped now; NULL: unknown */
	uint32_t unmapped_by;        /* label + 1 of who has unmapped the thread's stack; 0 unknown */
	bool frames_known, recurses; /* does its backtrace show a recursion? */
	bool handled;                /* the program has a handler for the signal */
};

struct fault_verdict {
	enum fault_kind kind;
	uint64_t past;    /* GUARD and its kin: bytes below the stack's usable end */
	uint32_t whose;   /* OLD_STACK, DEAD_TLS: T<whose> */
	char text[320];   /* a sentence without a full stop; "" for FAULT_NONE */
	char repair[256]; /* likewise; "" when there is nothing to say */
};

/* A stack overflow, which is told whether or not the program handles it? */
bool fault_is_overflow(enum fault_kind kind);
void fault_judge(const struct fault_facts *f, struct fault_verdict *ret);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What those who write their own runtime on clone(2) get wrong, seen at the new task's birth, from values. Pure.
 */
#ifndef THRTRACE_BIRTHCHECK_H
#define THRTRACE_BIRTHCHECK_H

#include <thrtrace/base.h>

enum birth_tls { BIRTH_TLS_UNKNOWN, BIRTH_TLS_MAPPED, BIRTH_TLS_UNMAPPED };

struct birth_check {
	uint64_t flags; /* CLONE_* */
	uint8_t align;  /* what the ABI asks of sp when the task starts: 16; 0: not checked */
	taddr user_end; /* no address of a user is this or higher; 0: not checked */
	taddr sp;       /* the child's; valid when sp_known */
	bool sp_known;
	taddr stack_low, stack_high;     /* as given to clone3, or known otherwise; 0, 0 unknown */
	bool sp_mapped_known;            /* the two below were asked */
	bool sp_mapped, sp_writable;     /* of the byte below sp, which the first push or call writes */
	taddr map_low;                   /* where that mapping begins; 0 unknown */
	taddr creator_sp;                /* 0 unknown */
	taddr creator_low, creator_high; /* its stack; 0, 0 unknown */
	taddr tls;                       /* the child's thread pointer; valid when tls_known */
	bool tls_known;
	enum birth_tls tls_mapped;
	taddr creator_tls; /* valid when creator_tls_known */
	bool creator_tls_known;
	uint32_t stack_user; /* another live thread of the same memory that runs on the same stack, as its label + 1 */
};

struct birth_finding {
	const char *kind; /* "tls-missing": static, for JSON */
	char why[224];
	const char *repair; /* static */
};

#define BIRTH_FINDINGS 8
/* How many findings there are; the gravest first. */
size_t birthcheck(const struct birth_check *c, struct birth_finding ret[BIRTH_FINDINGS]);

/* A FUTEX_WAIT for the tid of a task of the same thread group. */
struct wait_check {
	taddr addr;         /* what it waits on */
	bool private_futex; /* FUTEX_PRIVATE_FLAG */
	uint32_t label;     /* of the task whose tid is the value waited for */
	bool ended;         /* that one is dead */
	taddr clear_tid;    /* what it registered (CLONE_CHILD_CLEARTID, set_tid_address); 0 none */
	taddr named[2];     /* the words that its creation named for its tid, parent_tid and child_tid; 0 none */
};

/*
 * Will that task's end wake the waiter, or has it? Fills *ret and returns true when it won't. Only a word that the
 * creation named is known to be for the tid: any other may be a counter that has come to the same number.
 */
bool birthcheck_wait_in_vain(const struct wait_check *c, struct birth_finding *ret);

#endif

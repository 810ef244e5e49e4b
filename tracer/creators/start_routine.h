/* SPDX-License-Identifier: MIT */
/*
 * Where a new task begins to run code that somebody wrote, told from outside and without debug information, while
 * the task rests before its first instruction.
 */
#ifndef TRACER_START_ROUTINE_H
#define TRACER_START_ROUTINE_H

#include <thrtrace/event.h>
#include <thrtrace/stack_attached.h>

#include "symbols/symbols.h"
#include "unwind/unwind_arch.h"

struct start_hints {
	pid_t tid;      /* whose memory is read: the new task, or its creator when they share it */
	bool clone3;    /* made by clone3, not clone */
	bool own_stack; /* it does not run on its creator's stack */
	bool settls;    /* CLONE_SETTLS: tls is its thread pointer */
	bool ran;       /* it does not rest: its registers are of its first instant, and other memory may be of later */
	taddr tls;
	struct unwind_regs regs; /* the new task's own */
};

/* Fills regs from the bytes of the task's NT_PRSTATUS: 0, or -EINVAL when it is a task of another machine type. */
int start_hints_regs(const void *prstatus, size_t len, struct start_hints *ret) THR_MUST_CHECK;

/*
 * creator: the backtrace of the creating call, or NULL; from it comes the label when the routine belongs to a runtime
 * that does not tell what it runs. Always fills *ret; ret->known says whether a routine was found.
 */
void start_routine_find(struct symbols_space *space, const struct start_hints *hints, const struct backtrace *creator,
	struct start_routine *ret);

/* An address in the module that has libthread_db's descriptors: the C library, or a static program; 0: none has. */
taddr start_threads_code(struct symbols_space *space, pid_t tid);

/* Where glibc's struct pthread is, which is the pthread_t; tp: the TLS base; threads_code: as above. 0: not known. */
taddr start_record_of(struct symbols_space *space, pid_t tid, taddr tp, taddr threads_code);

/*
 * The TLS base of a thread of glibc's from the head of its robust list, where struct pthread, which that is a part of,
 * lies below the base; threads_code: as above. 0: not known.
 */
taddr start_base_of_running(struct symbols_space *space, pid_t tid, taddr robust_head, taddr threads_code);

/*
 * As start_routine_find, of a thread that has begun long ago: from what its C library keeps of it. tp: its TLS base;
 * musl_top: where its stack began, of musl (struct stack_record); threads_code: as above. Always fills *ret.
 */
void start_routine_of_running(struct symbols_space *space, pid_t tid, taddr tp, taddr musl_top, taddr threads_code,
	struct start_routine *ret);

#endif

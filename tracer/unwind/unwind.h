/* SPDX-License-Identifier: MIT */
/*
 * The backtrace of a stopped task.
 *
 * Call frame information is read by libunwind (unwind_libunwind.c) or, when thrtrace is built without it, not at all
 * (unwind_none.c). Where there is none, unwind_hand.c takes the steps that can be justified, and only those.
 */
#ifndef TRACER_UNWIND_H
#define TRACER_UNWIND_H

#include <thrtrace/backtrace.h>
#include <thrtrace/base.h>

#include "kernel/kernel.h"
#include "symbols/symbols.h"

struct unwinder;

struct unwinder *unwinder_new(void); /* NULL when out of memory */
void unwinder_free(struct unwinder *u);
/* "libunwind 1.6", or what is missing: for --version. */
const char *unwind_with(void);

/*
 * The backtrace of tid, which rests in a ptrace-stop; space is its address space. at_clone: it rests in clone,
 * clone3, fork or vfork (PTRACE_EVENT_CLONE and its kin), whose libc wrapper may have no unwind information.
 *
 * Always fills *ret as far as it got; ret->stopped says why it ends early. 0, or -errno when even the registers
 * could not be had (-ESRCH: dying), with ret->n 0.
 */
int unwind_task(struct unwinder *u, const struct kernel *door, pid_t tid, struct symbols_space *space, bool at_clone,
	struct backtrace *ret) THR_MUST_CHECK;

/* The memory of its stack that unwind_task would read to recognise the place; false: it would walk. */
bool unwind_expects(
	struct unwinder *u, const struct kernel *door, pid_t tid, struct symbols_space *space, struct mem_range *ret);

/* Forgets the backtraces that would be recognised. */
void unwinder_forget(struct unwinder *u);

/* How the calls of unwind_task() were answered. */
struct unwind_counts {
	uint64_t walked;     /* frame by frame */
	uint64_t recognised; /* same place as an earlier one */
};
struct unwind_counts unwind_counts(const struct unwinder *u);

/*
 * How often the return address `pc` lies on the stack [sp, high): how deep a recursion is that a backtrace only begins
 * to show. At most 16 MiB are read.
 */
uint64_t unwind_depth(const struct unwinder *u, const struct kernel *door, pid_t tid, taddr sp, taddr high, taddr pc);

#endif

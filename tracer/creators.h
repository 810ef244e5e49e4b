/* SPDX-License-Identifier: MIT */
/*
 * Who made a thread and what it runs: the symbol cache, the unwinder, and what is known of each traced process's
 * address space.
 */
#ifndef TRACER_CREATORS_H
#define TRACER_CREATORS_H

#include <thrtrace/event.h>

#include "kernel.h"
#include "tracee.h"

struct creators;

/* door must outlive it. NULL when out of memory. */
struct creators *creators_new(const struct kernel *door);
void creators_free(struct creators *c);

/*
 * Both are stopped and share their memory: what the calls below will read of it is asked for at once. tp: the child's
 * thread pointer, 0 when it is not known.
 */
void creators_expect(struct creators *c, const struct tracee *creator, const struct tracee *child, taddr tp);
/* The backtrace of a stopped task; at_clone: in a creating call. Always fills *ret as far as it gets. */
void creators_backtrace(struct creators *c, const struct tracee *t, bool at_clone, struct backtrace *ret);
/* How often the recursion that bt begins to show lies on the task's stack, up to its end `high`; 0: none. */
uint64_t creators_depth(struct creators *c, pid_t tid, const struct backtrace *bt, taddr sp, taddr high);
/* What a new task, stopped before its first instruction, will run. bt: its creator's, or NULL. */
void creators_start(struct creators *c, const struct tracee *child, const struct call_clone *args, taddr tls,
	const struct backtrace *bt, struct start_routine *ret);
/*
 * What a thread that has run for long was started in, from its C library's record near the TLS base tp; t need not be
 * stopped. rec: of its stack.
 */
struct stack_record;
void creators_started(struct creators *c, const struct tracee *t, taddr tp, const struct stack_record *rec,
	struct start_routine *ret);
/* Where thread-local variables lie in each thread of this process; kept until it loads or drops code. NULL: unknown. */
const struct tls_layout *creators_tls(struct creators *c, const struct tracee *t);
/* The program of this process was replaced, or the process is gone. */
void creators_exec(struct creators *c, pid_t tgid);
void creators_gone(struct creators *c, pid_t tgid);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The ids of the tracepoints of some system calls, by which perf_event_open(2) names them: other numbers with each
 * kernel. tracefs has them, and is root's. Where it isn't mounted root mounts it in a namespace of a child's own; for
 * anybody else a child counts what fires when it makes such calls.
 */
#ifndef TRACER_TRACEPOINTS_H
#define TRACER_TRACEPOINTS_H

#include <thrtrace/base.h>

/* In the order of their ids within a source file of the kernel. */
enum traced_call {
	TRACED_clone3,
	TRACED_clone,
	TRACED_vfork,
	TRACED_fork,
	TRACED_exit_group,
	TRACED_exit,
	TRACED_set_robust_list, /* glibc's new threads make it before they run anything else */
	TRACED_CALLS
};

struct tracepoints {
	uint16_t enter[TRACED_CALLS]; /* 0: not known */
	uint16_t exit[TRACED_CALLS];
};

/*
 * 0; -ENOENT: there are none (CONFIG_FTRACE_SYSCALLS), or they can't be found. What is found by trial is verified by
 * the number of the call that each sample has, which its reader must compare.
 */
int tracepoints_find(struct tracepoints *ret) THR_MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Reads what verdict.h asks about a task and about the limits it may have hit, from /proc and the cgroup trees.
 *
 * Meant for the moment after a call failed, while the caller is still stopped: reading counts tasks by walking
 * /proc, which is too dear for anything else. What can't be read stays unknown, with the reason in the limit.
 * tid is as this process's /proc numbers it.
 */
#ifndef TRACER_LIMIT_FACTS_H
#define TRACER_LIMIT_FACTS_H

#include <thrtrace/verdict.h>

enum { PIDS_LEVELS_MAX = 16 };

/* How often each cgroup above a task has refused a new one, at one moment. A value. */
struct pids_events {
	size_t n;
	struct {
		char scope[LIMIT_SCOPE_LEN];
		uint64_t events;
	} level[PIDS_LEVELS_MAX];
};

/* Take it when a task is first seen: a counter that has grown later proves which limit it was. Costs a few reads. */
void pids_events_read(struct pids_events *ret, pid_t tid);

/* 0, or -ESRCH when there is no such task. */
int caller_facts_read(struct caller_facts *ret, pid_t tid) THR_MUST_CHECK;
/* The call that failed. */
struct failure_ask {
	enum verdict_call call;
	int err;                          /* the errno, positive */
	int fd;                           /* a descriptor to be looked at; -1: none */
	const struct pids_events *before; /* or NULL */
};

/*
 * The facts about the caller, and the limits that matter for the call (task limits for the clone family, memory limits
 * for mmap and mprotect), the limits only where the errno can come from one: counting a user's tasks reads all of
 * /proc. 0, or -ESRCH when there is no such task.
 */
int failure_facts_read(struct failure_facts *ret, pid_t tid, const struct failure_ask *ask) THR_MUST_CHECK;
/* What descriptor fd of the task is. It is never opened where that could do anything. */
void fd_facts_read(struct fd_facts *ret, pid_t tid, int fd);

#endif

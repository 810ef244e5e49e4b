/* SPDX-License-Identifier: MIT */
/* The table of what was attached to: processes, and the queue of their tasks that are not told of yet. */
#ifndef TRACER_ATTACHED_H
#define TRACER_ATTACHED_H

#include <thrtrace/event.h>

#include "follow/run.h"

struct attached_process {
	pid_t tgid;
	size_t threads; /* seized, and a zombie leader */
	enum libc_kind libc;
	char libc_name[64]; /* as in struct program_facts */
	bool other_pid_ns;  /* its numbers there are other ones than here */
};

struct attach {
	struct attached_process *process;
	size_t n_processes;
	pid_t *queue; /* seized, and not told of yet */
	size_t n, room, next;
	bool busy;       /* more reports come than are seen to at a time */
	size_t stopping; /* PTRACE_INTERRUPT was sent, and no stop has come yet */
	bool only_thread;
	struct attached_born *born; /* by tid: found while the others were seized, and ours by birth */
	bool blocked_looked;        /* once while nothing happened (blocked.c); and there was something to tell */
	bool blocked_told;
	_Atomic uint64_t seizing_ns; /* since when a seize has not returned; 0 none is under way */
};

struct attached_born {
	pid_t tid;
	UT_hash_handle hh;
};

/* A task that was seized, or a zombie leader, before anything was told. */
struct attached_task {
	pid_t tid, tgid;
	bool zombie;
};

/* NULL when it was not attached to. */
const struct attached_process *attached_process_of(const struct run *r, pid_t tgid);
/* The entry of this process, made where there is none. NULL when out of memory. */
struct attached_process *attached_process_new(struct attach *a, pid_t tgid);
/* Its tids, of which some `expect` may be; *ret is to be freed. How many, or -errno. */
int attached_list(struct run *r, pid_t tgid, size_t expect, pid_t **ret) THR_MUST_CHECK;
/* A tracee of p in this state, at the end of the queue. 0 or -ENOMEM. */
int attached_add(struct run *r, struct attached_process *p, pid_t tid, enum tracee_state state) THR_MUST_CHECK;
/* Remembers, until attached_forget_born, that tid is ours by birth. Out of memory: it is asked for once more. */
void attached_add_born(struct attach *a, pid_t tid);
bool attached_is_born(const struct attach *a, pid_t tid);
void attached_forget_born(struct attach *a);
/* Some of them are still to be told of. */
bool attached_pending(const struct run *r);
/* All of them, in the order in which they were seized; *ret is to be freed. How many, or -ENOMEM. */
ssize_t attached_tasks(const struct run *r, struct attached_task **ret);
/* Another run's: as if attach_begin had come to that. 0; -EINVAL when it can't have; -ENOMEM. */
int attached_restore(struct run *r, const struct attached_process *process, size_t n_processes,
	const struct attached_task *task, size_t n_tasks) THR_MUST_CHECK;
void attached_release(struct attach *a);

#endif

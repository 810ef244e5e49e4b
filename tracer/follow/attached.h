/* SPDX-License-Identifier: MIT */
/* The table of what was attached to: processes, and the queue of their tasks that are not told of yet. */
#ifndef TRACER_ATTACHED_H
#define TRACER_ATTACHED_H

#include <thrtrace/event.h>

#include "follow/run.h"

/* To tell of so many takes some ten milliseconds. */
#define ATTACHED_MANY 200

struct attached_process {
	pid_t tgid;
	size_t threads; /* seized, and a zombie leader; whoever was let go before he was told of is none any more */
	enum libc_kind libc;
	char libc_name[64]; /* as in struct program_facts */
	bool other_pid_ns;  /* its numbers there are other ones than here */
	bool proved;        /* as of a tracee, where there are many: of any of its threads */
	uint64_t proved_flags;
};

struct attach {
	struct attached_process *process;
	size_t n_processes;
	pid_t *queue; /* seized, and not told of yet; 0: gone before that */
	size_t n, room, next;
	bool busy;       /* more reports come than are seen to at a time */
	size_t stopping; /* PTRACE_INTERRUPT was sent, and no stop has come yet */
	bool only_thread;
	size_t many; /* while more are to be told of, births are taken in (attach_meanwhile.h); 0: they never are */
	struct attached_born *born; /* by tid: found while the others were seized, and ours by birth */
	size_t newborns;            /* how many tracees are such (struct tracee) */
	size_t strangers;           /* how many were taken in before their creator's event, which is to come */
	bool settles;               /* nobody is to become one of these */
	struct kstatus *later;      /* reports that have to wait until all are seized */
	size_t n_later;
	bool blocked_looked; /* once while nothing happened (blocked.c); and there was something to tell */
	bool blocked_told;
	_Atomic uint64_t seizing_ns; /* since when a seize has not returned; 0 none is under way */
};

struct attached_born {
	pid_t tid;
	bool strange;     /* it is one of the strangers */
	uint64_t left_ns; /* it was let go at its exit stop, at this time since the machine started; 0: it was not */
	UT_hash_handle hh;
};

/* A task that was seized, or a zombie leader, before anything was told. */
struct attached_task {
	pid_t tid, tgid;
	bool zombie;
};

/* NULL when it was not attached to. */
struct attached_process *attached_process_of(const struct run *r, pid_t tgid);
/* The one that this tid is a thread of; NULL. */
struct attached_process *attached_process_with(struct run *r, pid_t tid);
/* The entry of this process, made where there is none. NULL when out of memory. */
struct attached_process *attached_process_new(struct attach *a, pid_t tgid);
/* Its tids, of which some `expect` may be; *ret is to be freed. How many, or -errno. */
int attached_list(struct run *r, pid_t tgid, size_t expect, pid_t **ret) THR_MUST_CHECK;
/* A tracee of p in this state, at the end of the queue. 0 or -ENOMEM. */
int attached_add(struct run *r, struct attached_process *p, pid_t tid, enum tracee_state state) THR_MUST_CHECK;
/* Likewise of a task that is a tracee already, and has its state. */
int attached_take(struct run *r, struct attached_process *p, struct tracee *t) THR_MUST_CHECK;
/* It has ended, or was let_go at its exit stop, before anything was told of it, and nothing will be. */
void attached_gone(struct run *r, struct tracee *t, bool let_go);
/* Remembers, until attached_forget_born, that tid is ours by birth. Out of memory: it is asked for once more. */
void attached_add_born(struct attach *a, pid_t tid);
bool attached_is_born(const struct attach *a, pid_t tid);
/* tid was taken in before its creator's event. 0 or -ENOMEM. */
int attached_add_stranger(struct attach *a, pid_t tid) THR_MUST_CHECK;
/* That event has come, whether tid is still there or not. False: it is no stranger. */
bool attached_meets(struct attach *a, pid_t tid);
/* tid was let go at its exit stop, and it is still that task that has this number. */
bool attached_is_leaving(struct run *r, pid_t tid);
void attached_forget_born(struct attach *a);
/* Some of them are still to be told of. */
bool attached_pending(const struct run *r);
/* So many that those who report need not be held until they are told of. */
bool attached_many_pending(const struct run *r);
/* All of them, in the order in which they were seized; *ret is to be freed. How many, or -ENOMEM. */
ssize_t attached_tasks(const struct run *r, struct attached_task **ret);
/* Another run's: as if attach_begin had come to that. 0; -EINVAL when it can't have; -ENOMEM. */
int attached_restore(struct run *r, const struct attached_process *process, size_t n_processes,
	const struct attached_task *task, size_t n_tasks) THR_MUST_CHECK;
void attached_release(struct attach *a);

#endif

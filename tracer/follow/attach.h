/* SPDX-License-Identifier: MIT */
/*
 * -p: every thread of processes that run already is seized, then told of. Seizing stops nobody (PTRACE_SEIZE, and no
 * PTRACE_O_EXITKILL: thrtrace's own end lets all of them go). A thread that sleeps in the kernel is told of without
 * being stopped where that can be; the others are stopped once, a few at a time.
 */
#ifndef TRACER_ATTACH_H
#define TRACER_ATTACH_H

#include <thrtrace/event.h>
#include <thrtrace/stop.h>

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
	size_t stopping; /* PTRACE_INTERRUPT was sent, and no stop has come yet */
	bool only_thread;
	_Atomic uint64_t seizing_ns; /* since when a seize has not returned; 0 none is under way */
};

/* A task that was seized, or a zombie leader, before anything was told. */
struct attached_task {
	pid_t tid, tgid;
	bool zombie;
};

/*
 * Seizes the processes (or, with only_thread, the threads) pids[0..n). How many of them it got; what could not be had
 * is
 * explained on standard error. r->attach must be there, and empty.
 */
size_t attach_begin(struct run *r, const pid_t *pids, size_t n);
/* What attach_begin came to, in its order; *ret is to be freed. How many, or -ENOMEM. */
ssize_t attach_tasks(const struct run *r, struct attached_task **ret);
/* Another run's: as if attach_begin had come to that. 0; -EINVAL when it can't have; -ENOMEM. */
int attach_restore(struct run *r, const struct attached_process *process, size_t n_processes,
	const struct attached_task *task, size_t n_tasks) THR_MUST_CHECK;
/* Tells EV_START. */
void attach_tell(struct run *r);
/* Tells of, or stops, some more of those that were seized. */
void attach_continue(struct run *r);
bool attach_pending(const struct run *r);
/* How long to look for reports before the next of them are seen to. */
uint64_t attach_patience(const struct run *r);
/* Nothing comes any more, though somebody was asked to stop: he sleeps where he can't. The others need not wait. */
void attach_quiet(struct run *r);
/* The first report of a tracee in the state TR_ATTACHED: it is told of. */
void attach_reported(struct run *r, struct tracee *t, const struct stop *st);
/* NULL when it was not attached to. */
const struct attached_process *attach_process_of(const struct run *r, pid_t tgid);
void attach_release(struct attach *a);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What the files of the story share: whom it watches, and what each kind of record does. Internal to tracer/observe/.
 *
 * story.c hands each record to its place and has names and execve; story_births.c and story_ends.c tell of births and
 * calls and ends, story_samples.c reads samples of calls, watched.c keeps who lives, with the turns on a CPU.
 */
#ifndef TRACER_STORY_IMPL_H
#define TRACER_STORY_IMPL_H

#include "observe/story.h"

/* A mapping that a task has made since it last made a thread. */
struct made_map {
	taddr low, high;
};

/* A task that is alive, or whose end is not told yet. */
struct watched {
	pid_t tid, tgid;
	uint32_t serial;
	bool exited; /* a first thread that has ended while others of its process live */
	uint64_t exit_ns;
	bool blank; /* it has called execve, and nothing was mapped since */
	bool dark;  /* nothing more is told of it, though it lives */
	bool followed;
	bool before; /* it had ended when thrtrace came */
	/* Its turns on a CPU, from its switches, and before since_ns by the kernel's account. */
	uint64_t since_ns;
	bool unaccounted; /* that could not be read */
	bool unplaced;    /* whether it was on a CPU then is told by its first switch */
	uint64_t in_ns;   /* since when it has been on one; 0: it is not */
	uint64_t out_ns, ran_ns, wait_ns, turns, voluntary, involuntary;
	bool waits; /* it left the CPU while it could run on, or has never been on one */
	struct made_map reserved, opened;
	struct seen_call *call; /* that it is in, and that makes a task; NULL */
	/* exit(2), by which it ends; and of a first thread exit_group(2), by which its process does. */
	struct exit_call {
		bool known;
		int status;
		uint32_t by; /* serial of its caller */
	} exits, exits_all;
	UT_hash_handle hh;
};

/* A new task has come to user mode, and has then registered its robust list; NULL: it has not, yet. */
struct first_instant {
	pid_t tid;
	struct seen_call *call, *later;
	struct first_instant *last; /* of these, in the eldest */
	struct first_instant *next; /* of a later task with the same tid: births are told after all that has come */
	UT_hash_handle hh;
};

struct watched *watched_find(const struct story *s, pid_t tid);
/* NULL: no memory. */
struct watched *watched_new(struct story *s, const struct task *t, bool followed);
void watched_free(struct story *s, struct watched *w);
/* NULL of NULL. */
const struct task *watched_task(const struct story *s, const struct watched *w);
/* A task came to a CPU, or left it. */
void watched_switch(struct story *s, const struct perf_record *r);

static inline uint64_t story_time(const struct story *s, const struct perf_record *r)
{
	return telling_time(&s->r->tell, r->t_ns);
}

static inline uint64_t first_time(const struct first_instant *f)
{
	return f->call ? f->call->t_ns : f->later->t_ns;
}

/* Of the task tid that was made at t_ns; NULL: nothing was sampled of its first moments. */
struct first_instant *first_find(const struct story *s, pid_t tid, uint64_t t_ns);
/* What was sampled of tasks of this number up to t_ns is not needed any more. */
void first_forget(struct story *s, pid_t tid, uint64_t t_ns);

/* A call that makes or ends a task begins, or has come back without a task. The record's call is taken over. */
void story_call(struct story *s, const struct perf_record *r);
/* A task was made: 0 or -ENOMEM. */
int story_fork(struct story *s, const struct perf_record *r) THR_MUST_CHECK;
/* A mapping was made, or opened: it may be the stack of the thread that its maker makes next. */
void story_map(struct story *s, const struct perf_record *r);

/* A task's record of its end, which is told at once, or with the end of its process. */
void story_exit(struct story *s, const struct perf_record *r);
/* Tells an end at w->exit_ns, and forgets w. */
void story_end(struct story *s, struct watched *w, struct ev_end end);
/* How the whole process ended, where thrtrace is its parent; of others nothing tells it. */
struct ev_end story_process_end(const struct story *s, pid_t tgid);
/* No other task of its process is alive. */
bool story_is_last(const struct story *s, const struct watched *w);

#endif

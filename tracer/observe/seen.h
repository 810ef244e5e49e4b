/* SPDX-License-Identifier: MIT */
/*
 * Calls that make or end tasks, as samples of their tracepoints show them: decoded when they are read from the ring,
 * since the caller's frames are to be found while its program is there.
 */
#ifndef TRACER_SEEN_H
#define TRACER_SEEN_H

#include "creators/creators.h"
#include "observe/sampled.h"
#include "observe/tracepoints.h"
#include "tape/tape_door.h"

struct seen_call {
	bool begins;
	uint64_t t_ns;
	struct call call;    /* begins */
	bool elsewhere;      /* what its pointer leads to was not sampled: that part is not known */
	struct frame *frame; /* of its caller, n_frames of them */
	size_t n_frames;
	const char *stopped;
	bool unwound;
	int64_t result;     /* !begins: 0, of a new task that comes to user mode; or negative: why there is none */
	struct sampled *at; /* of such a task, and of set_robust_list; NULL */
};

void seen_call_free(struct seen_call *c);
/* Its caller's backtrace. */
void seen_backtrace(const struct seen_call *c, struct backtrace *ret);

/* What reads them. */
struct seen {
	struct tracepoints ids;
	struct sampled_door door;
	struct creators *creators; /* behind that door; NULL: no frames are wanted */
	struct tape tape;          /* onto which what is read of programs is recorded, or from which it comes */
	struct tape_door words;    /* where there is one: memory that calls lead to */
	struct creators *live;     /* whose answers are recorded; NULL */
};

/* live must outlive it. 0 or -ENOMEM. */
int seen_begin(struct seen *s, struct kernel *live, bool frames) THR_MUST_CHECK;
/* From now on it is recorded. 0 or -ENOMEM. */
int seen_record_onto(struct seen *s, struct tape tape) THR_MUST_CHECK;
/* Instead of seen_begin: nothing is read but this tape. 0 or -ENOMEM. */
int seen_begin_replay(struct seen *s, struct tape tape, bool frames) THR_MUST_CHECK;
void seen_end(struct seen *s);
/*
 * The call of the sample r, of n bytes; *ret is NULL where it is none of those. 0, -ENOMEM, or -EBADMSG.
 */
int seen_read(struct seen *s, const struct perf_record *r, const void *bytes, size_t n,
	struct seen_call **ret) THR_MUST_CHECK;
/* What another record says of address spaces: it is told as it comes, before the calls of that program are read. */
void seen_record(struct seen *s, const struct perf_record *r, const void *bytes, size_t n);
/* A process has ended. */
void seen_gone(struct seen *s, pid_t tgid);
/*
 * What a new task is going to run, by its first instant in user mode; later: its set_robust_list, or NULL, when its
 * stack has more to show.
 */
void seen_start(struct seen *s, const struct seen_call *first, const struct seen_call *later,
	const struct call_clone *args, const struct backtrace *bt, struct start_routine *ret);
/* The same of one whose first instant no tracepoint has told (aarch64), by its set_robust_list: from glibc's record. */
void seen_start_later(
	struct seen *s, const struct seen_call *later, const struct call_clone *args, struct start_routine *ret);

#endif

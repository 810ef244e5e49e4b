/* SPDX-License-Identifier: MIT */
/*
 * What the records of perf events come to: births, names, execve and ends, told as events like those of the ptrace
 * loop. What a record does not say stays unknown.
 *
 * Records come in the order of time. Of a process that is not followed its birth is told, and no more.
 */
#ifndef TRACER_STORY_H
#define TRACER_STORY_H

#include <uthash.h>

#include "follow/run.h"
#include "observe/seen.h"
#include "records/order.h"

struct watched;
struct first_instant;
struct program_facts;

/* Zeroed to begin with, but for the members above the line. */
struct story {
	struct run *r;
	const char *path;                  /* of the program that is started; and what its file told: */
	const struct program_facts *about; /* NULL: nothing */
	pid_t helper;                      /* thrtrace's own, which makes the program: nobody asks for its frames; 0 */
	struct seen *seen;                 /* reads samples of calls; NULL: there are none */
	/* ---- */
	struct order order; /* what has come and is not told */
	uint64_t came;      /* records and samples, in all */
	uint64_t whole_ns;  /* whatever happened before this has come (the door's clock) */
	struct watched *by_tid;
	size_t n_followed;  /* of those that live */
	uint64_t lost;      /* records that the kernel has told to be lost */
	bool wide;          /* the events are of all tasks: no execve takes them away */
	struct raw_sample { /* that were not read yet */
		struct perf_record record;
		void *bytes;
		size_t n;
	} * raw;
	size_t n_raw, cap_raw;
	struct first_instant *first; /* of new tasks whose birth is not told yet, by tid */
};

void story_release(struct story *s);
/* A record that has come, for events_drain: ctx is the story. 0 or -errno. */
int story_take(void *ctx, const struct perf_record *record, const void *bytes, size_t n);
/*
 * Reads the first n samples of s->raw, once all that came before them has been taken: an execve in another ring makes
 * another program of the caller's. 0 or -errno.
 */
int story_read_samples(struct story *s, size_t n) THR_MUST_CHECK;
/*
 * Tells at most n of the records of s->order that are old enough for what belongs to them to have come: of any age when
 * `all`. The end of the program itself waits for its exit status (run.main.ended), as long as that may still come.
 * False: there are none left for now.
 */
bool story_tell(struct story *s, size_t n, bool all);
/* A task was there before, and is told of: what records say of it is told from now on. 0 or -ENOMEM. */
int story_add_present(struct story *s, const struct tracee *t) THR_MUST_CHECK;
/* A task that is followed lives, as far as records tell. */
bool story_lives(const struct story *s);
/* Nothing has come for long: of tasks that are gone all the same the records were lost, and their ends are told. */
void story_drop_gone(struct story *s);
/* What has not ended is left running. */
void story_leave(struct story *s);

#endif

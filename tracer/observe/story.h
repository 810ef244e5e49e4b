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
#include "records/order.h"

struct watched;

/* Zeroed to begin with, but for the members above the line. */
struct story {
	struct run *r;
	const char *path; /* of the program that is started */
	/* ---- */
	struct order order; /* what has come and is not told */
	uint64_t whole_ns;  /* whatever happened before this has come (the door's clock) */
	struct watched *by_tid;
	size_t n_followed; /* of those that live */
	uint64_t lost;     /* records that the kernel has told to be lost */
};

void story_release(struct story *s);
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

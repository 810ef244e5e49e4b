/* SPDX-License-Identifier: MIT */
/*
 * The perf events that watch a tree of tasks, and the rings that their records come in: perf_event_open(2).
 *
 * One software event a CPU on a task that waits, inherited by whatever it makes, writes of births, ends, names,
 * mappings and switches into the ring of its CPU. It stops nobody. No right is needed for one's own tasks where
 * kernel.perf_event_paranoid is 2 or less.
 *
 * There is no event that counts (the time that a task ran, say, with inherit_stat): what it has counted is written at
 * each task's end into the rings of all CPUs, by the one that the task ended on. A ring is made for one writer: records
 * of others then vanish, and no count of losses has them. Linux 6.18, 3000 threads that end at once on 2 CPUs: half of
 * their ends.
 */
#ifndef TRACER_EVENTS_H
#define TRACER_EVENTS_H

#include <poll.h>

#include "records/order.h"

struct ring {
	int fd; /* of the event whose ring it is */
	void *at;
	size_t bytes; /* of the mapping */
};

struct events {
	struct ring *ring;   /* one a CPU */
	struct pollfd *poll; /* one a ring */
	size_t n_rings;
	bool counts_lost; /* PERF_FORMAT_LOST, from Linux 6.0 on */
	const char *what; /* which step failed, when one did; static text */
};

/*
 * Opens the events on task tid, which waits and hands them down to what it makes; they begin at the execve of such a
 * task. 0, or -errno with e->what; what is open is closed by events_close in any case.
 */
int events_open(struct events *e, pid_t tid) THR_MUST_CHECK;
void events_close(struct events *e);

/* Reads what is in the rings into `to`. 0, -ENOMEM, or -EBADMSG: the rings hold no records of the expected layout. */
int events_drain(struct events *e, struct order *to) THR_MUST_CHECK;
/* Waits until a ring is a quarter full, at most so long. */
void events_wait(const struct events *e, int timeout_ms);
/* How many records were lost in all, those after the last that fitted included; UINT64_MAX where it can't be told. */
uint64_t events_lost(const struct events *e);

#endif

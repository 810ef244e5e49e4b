/* SPDX-License-Identifier: MIT */
/*
 * Memory that is walked through again and again by the same way: what was read by the last walk is read anew, and at
 * once, when the next one begins. What a walk gets is of its own time; only where to look is remembered.
 */
#ifndef TRACER_CREATORS_REREAD_H
#define TRACER_CREATORS_REREAD_H

#include <thrtrace/mem.h>

#include "kernel/kernel.h"

#define REREAD_BYTES 65536

/* Zeroed to begin with. */
struct reread {
	const struct kernel *door;
	pid_t tid;
	struct mem_range way[RANGES_AT_ONCE], last[RANGES_AT_ONCE]; /* of this walk; of the one before */
	unsigned n_way, n_last, next;
	size_t way_bytes, there;
	uint8_t bytes[REREAD_BYTES]; /* of the ranges in last, the first `there` of them */
	size_t from[RANGES_AT_ONCE];
};

/* A walk through the memory of tid, which rests until the walk is over. */
struct mem reread_begin(struct reread *r, const struct kernel *door, pid_t tid);

#endif

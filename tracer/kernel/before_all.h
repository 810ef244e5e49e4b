/* SPDX-License-Identifier: MIT */
/*
 * Where thousands of threads want to run and thrtrace takes its turn with them, a look at them takes long, and so long
 * they may rest; and what comes of births and ends piles up. So it goes before them for a while, where it may
 * (CAP_SYS_NICE).
 */
#ifndef TRACER_BEFORE_ALL_H
#define TRACER_BEFORE_ALL_H

#include <stdbool.h>
#include <stdint.h>

struct before_all {
	int nice; /* as it was */
	bool changed;
};

void before_all_begin(struct before_all *ret);
void before_all_end(const struct before_all *b);

/* So it does as long as it is late, and a while after. Zeroed to begin with: then it never does. */
struct hurry {
	bool may; /* not in a replay: nobody runs */
	bool on;
	uint64_t late_ns; /* when it was late last */
	struct before_all before;
};

/* first: now at any rate, and no longer. now_ns: of any clock, but always the same one, and never 0. */
void hurry_look(struct hurry *h, bool late, bool first, uint64_t now_ns);
void hurry_end(struct hurry *h);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Where thousands of threads want to run and thrtrace takes its turn with them, a look at them takes long, and so long
 * they may rest; and what comes of births and ends piles up. So it goes before them for a while, where it may
 * (CAP_SYS_NICE).
 */
#ifndef TRACER_BEFORE_ALL_H
#define TRACER_BEFORE_ALL_H

#include <stdbool.h>

struct before_all {
	int nice; /* as it was */
	bool changed;
};

void before_all_begin(struct before_all *ret);
void before_all_end(const struct before_all *b);

#endif

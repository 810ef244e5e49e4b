/* SPDX-License-Identifier: MIT */
/*
 * A look at thousands of threads that want to run takes long where thrtrace takes turns with them, and so long they are
 * looked at, or even rest. So it goes before them for that moment, where it may (CAP_SYS_NICE).
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

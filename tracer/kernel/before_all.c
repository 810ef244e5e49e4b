/* SPDX-License-Identifier: MIT */
#include "kernel/before_all.h"

#include <sys/resource.h>

#define NICE_BEFORE_ALL (-20)

void before_all_begin(struct before_all *ret)
{
	ret->nice = getpriority(PRIO_PROCESS, 0);
	ret->changed = setpriority(PRIO_PROCESS, 0, NICE_BEFORE_ALL) == 0;
}

void before_all_end(const struct before_all *b)
{
	if (b->changed)
		(void)setpriority(PRIO_PROCESS, 0, b->nice);
}

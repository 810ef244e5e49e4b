/* SPDX-License-Identifier: MIT */
#include "kernel/before_all.h"

#include <sys/resource.h>

#define NICE_BEFORE_ALL (-20)
#define HURRY_NS        500000000U

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

void hurry_look(struct hurry *h, bool late, bool first, uint64_t now_ns)
{
	if (!h->may)
		return;
	if (late)
		h->late_ns = now_ns;
	bool on = first || (h->late_ns && now_ns - h->late_ns < HURRY_NS);
	if (on && !h->on)
		before_all_begin(&h->before);
	else if (!on && h->on)
		before_all_end(&h->before);
	h->on = on;
}

void hurry_end(struct hurry *h)
{
	if (h->on)
		before_all_end(&h->before);
	h->on = false;
	h->late_ns = 0;
}

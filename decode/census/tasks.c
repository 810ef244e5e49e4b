/* SPDX-License-Identifier: MIT */
/* The tasks of a census, by their numbers. */
#include "census/census_impl.h"

#include <stdlib.h>

void census_release(struct census *c)
{
	free(c->task);
	c->task = NULL;
	c->n = 0;
}

double census_seconds(const struct census *c)
{
	return (double)(c->end_ns - c->begin_ns) / 1e9;
}

const struct census_task *census_by_tid(const struct census *c, pid_t tid)
{
	size_t low = 0, high = c->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (c->task[mid].tid < tid)
			low = mid + 1;
		else
			high = mid;
	}
	return low < c->n && c->task[low].tid == tid ? &c->task[low] : NULL;
}

const struct census_task *census_by_inside(const struct census *c, pid_t tid_inside)
{
	const struct census_task *t = census_by_tid(c, tid_inside);

	if (t && t->tid_inside == tid_inside)
		return t;
	if (c->n && c->task[0].tid_inside == c->task[0].tid)
		return NULL;
	for (size_t i = 0; i < c->n; i++) /* another pid namespace */
		if (c->task[i].tid_inside == tid_inside)
			return &c->task[i];
	return NULL;
}

const struct census_task *census_owner(const struct census *c, const struct census_task *t)
{
	return t->lock.owner ? census_by_tid(c, t->lock.owner) : NULL;
}

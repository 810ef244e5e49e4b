/* SPDX-License-Identifier: MIT */
#include "model/areas.h"

#include <search.h>
#include <stdlib.h>

/* Overlapping ranges compare equal: so a search for one byte finds the range around it. */
static int compare(const void *a, const void *b)
{
	const struct area *x = a, *y = b;

	if (x->high <= y->low)
		return -1;
	return x->low >= y->high;
}

struct area *areas_overlapping(const struct areas *all, taddr low, taddr high)
{
	struct area key = { .low = low, .high = high };
	struct area **node = tfind(&key, (void *const *)&all->root, compare);

	return node ? *node : NULL;
}

struct area *areas_find(const struct areas *all, taddr addr)
{
	return addr == UINT64_MAX ? NULL : areas_overlapping(all, addr, addr + 1);
}

void areas_remove(struct areas *all, taddr low, taddr high)
{
	struct area *a;

	while (low < high && (a = areas_overlapping(all, low, high))) {
		tdelete(a, &all->root, compare);
		free(a);
	}
}

struct area *areas_add(struct areas *all, taddr low, taddr high)
{
	if (low >= high)
		return NULL;
	areas_remove(all, low, high);
	unsigned slot = all->n_maybe++ % AREAS_MAYBE_MAX;
	struct area *eldest = all->n_maybe > AREAS_MAYBE_MAX ? areas_find(all, all->maybe[slot]) : NULL;
	if (eldest && eldest->low == all->maybe[slot] && eldest->role == AREA_MAYBE)
		areas_remove(all, eldest->low, eldest->high);
	struct area *a = calloc(1, sizeof(*a));
	if (!a)
		return NULL;
	a->low = low;
	a->high = high;
	a->usable = low;
	a->role = AREA_MAYBE;
	if (!tsearch(a, &all->root, compare)) {
		free(a);
		return NULL;
	}
	all->maybe[slot] = low;
	return a;
}

void areas_release(struct areas *all)
{
	tdestroy(all->root, free);
	all->root = NULL;
	all->n_maybe = 0;
}

/* SPDX-License-Identifier: MIT */
#include "sample/pages.h"

#include <errno.h>
#include <stdlib.h>

#define NEAR  (1U << 20) /* ranges no further apart are one run */
#define PIECE 512

static int by_low(const void *a, const void *b)
{
	const struct page_range *x = a, *y = b;

	return (x->low > y->low) - (x->low < y->low);
}

/* Ranges, in order, into runs, in the same array: how many. */
static size_t join(struct page_range *run, size_t n)
{
	size_t runs = 0;

	for (size_t i = 0; i < n; i++) {
		struct page_range next = run[i];
		if (runs && next.low <= run[runs - 1].high + NEAR) {
			if (next.high > run[runs - 1].high)
				run[runs - 1].high = next.high;
		} else {
			run[runs++] = next;
		}
	}
	return runs;
}

static int scan_run(struct pages *p, struct page_range run)
{
	for (taddr at = run.low; at < run.high;) {
		if (p->room - p->n < PIECE) {
			size_t room = p->room ? 2 * p->room : 4 * PIECE;
			struct task_region *grown = realloc(p->region, room * sizeof(*grown));
			if (!grown)
				return -ENOMEM;
			p->region = grown;
			p->room = room;
		}
		ssize_t got = task_regions(p->f, &at, run.high, p->region + p->n, PIECE);
		if (got < 0)
			return (int)got;
		p->n += (size_t)got;
	}
	return 0;
}

int pages_scan(struct pages *ret, const struct task_files *f, struct page_range *range, size_t n)
{
	int err = 0;

	*ret = (struct pages){ .f = f, .run = range };
	if (n)
		qsort(range, n, sizeof(*range), by_low);
	n = join(range, n);
	for (size_t i = 0; !err && i < n; i++)
		err = scan_run(ret, range[i]);
	ret->n_runs = err ? 0 : n;
	return err;
}

void pages_release(struct pages *p)
{
	free(p->region);
	p->region = NULL;
	p->n = p->n_runs = 0;
}

static bool is_scanned(const struct pages *p, taddr low, taddr high)
{
	size_t first = 0, end = p->n_runs;

	while (first < end) {
		size_t mid = first + (end - first) / 2;
		if (p->run[mid].high <= low)
			first = mid + 1;
		else
			end = mid;
	}
	return first < p->n_runs && p->run[first].low <= low && high <= p->run[first].high;
}

/* The first region that ends above the address. */
static size_t region_at(const struct pages *p, taddr at)
{
	size_t first = 0, end = p->n;

	while (first < end) {
		size_t mid = first + (end - first) / 2;
		if (p->region[mid].high <= at)
			first = mid + 1;
		else
			end = mid;
	}
	return first;
}

static uint64_t present_of(const struct task_region *r, taddr low, taddr high)
{
	taddr from = r->low > low ? r->low : low, to = r->high < high ? r->high : high;

	return r->guard || from >= to ? 0 : to - from;
}

/* One range by itself. */
static int present_alone(const struct task_files *f, taddr low, taddr high, uint64_t *ret)
{
	struct task_region region[64];
	uint64_t found = 0;

	for (taddr at = low; at < high;) {
		ssize_t n = task_regions(f, &at, high, region, ARRAY_SIZE(region));
		if (n < 0)
			return n == -EOPNOTSUPP ? task_present(f, low, high, ret) : (int)n;
		for (ssize_t i = 0; i < n; i++)
			found += present_of(&region[i], low, high);
	}
	*ret = found;
	return 0;
}

int pages_present(const struct pages *p, taddr low, taddr high, uint64_t *ret)
{
	uint64_t found = 0;

	if (!is_scanned(p, low, high))
		return present_alone(p->f, low, high, ret);
	for (size_t i = region_at(p, low); i < p->n && p->region[i].low < high; i++)
		found += present_of(&p->region[i], low, high);
	*ret = found;
	return 0;
}

uint64_t pages_guard(const struct pages *p, taddr low, taddr high)
{
	size_t i = is_scanned(p, low, high) ? region_at(p, low) : p->n;

	if (i == p->n || !p->region[i].guard || p->region[i].low > low)
		return 0;
	return (p->region[i].high < high ? p->region[i].high : high) - low;
}

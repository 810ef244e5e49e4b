/* SPDX-License-Identifier: MIT */
#include "symbols/symbol_index.h"

#include <errno.h>
#include <stdlib.h>

/* So many symbols a bucket, on the average. */
#define BUCKET 8

static size_t bucket_of(const struct symbol_index *x, uint64_t addr)
{
	if (addr <= x->low)
		return 0;
	uint64_t bucket = (addr - x->low) >> x->shift;
	return bucket < x->n_buckets ? (size_t)bucket : x->n_buckets - 1;
}

static uint64_t end_of(const struct symbol_raw *r)
{
	return r->addr + r->size < r->addr ? UINT64_MAX : r->addr + r->size;
}

static void choose_buckets(struct symbol_index *x)
{
	uint64_t high = 0;

	x->low = UINT64_MAX;
	for (size_t i = 0; i < x->n; i++) {
		x->low = x->raw[i].addr < x->low ? x->raw[i].addr : x->low;
		high = x->raw[i].addr > high ? x->raw[i].addr : high;
	}
	while (x->n && x->shift < 63 && (high - x->low) >> x->shift > x->n / BUCKET)
		x->shift++;
	x->n_buckets = x->n ? (size_t)((high - x->low) >> x->shift) + 1 : 1;
}

/* begin[b + 1] counts bucket b at first, and is where its next symbol goes in the end. */
static void deal(struct symbol_index *x)
{
	uint64_t reach = 0;

	for (size_t i = 0; i < x->n; i++) {
		size_t b = bucket_of(x, x->raw[i].addr);
		uint64_t end = end_of(&x->raw[i]);
		x->begin[b + 1]++;
		x->reach[b] = end > x->reach[b] ? end : x->reach[b];
	}
	for (size_t b = 0, sum = 0; b < x->n_buckets; b++) {
		size_t count = x->begin[b + 1];
		x->begin[b + 1] = (uint32_t)sum;
		sum += count;
		reach = x->reach[b] > reach ? x->reach[b] : reach;
		x->reach[b] = reach;
	}
	for (size_t i = 0; i < x->n; i++)
		x->order[x->begin[bucket_of(x, x->raw[i].addr) + 1]++] = (uint32_t)i;
}

int symbol_index_make(struct symbol_index *x, const struct symbol_raw *raw, size_t n)
{
	*x = (struct symbol_index){ .raw = raw, .n = n };
	choose_buckets(x);
	x->order = malloc((n ? n : 1) * sizeof(*x->order));
	x->begin = calloc(x->n_buckets + 1, sizeof(*x->begin));
	x->reach = calloc(x->n_buckets, sizeof(*x->reach));
	x->sorted = calloc(x->n_buckets / 8 + 1, 1);
	if (!x->order || !x->begin || !x->reach || !x->sorted) {
		symbol_index_release(x);
		return -ENOMEM;
	}
	deal(x);
	return 0;
}

void symbol_index_release(struct symbol_index *x)
{
	if (!x)
		return;
	free(x->order);
	free(x->begin);
	free(x->reach);
	free(x->sorted);
	*x = (struct symbol_index){ 0 };
}

/* By address, and of one address as the file has them: what is shown of those must not depend on the way of sorting. */
static bool comes_before(const struct symbol_index *x, uint32_t a, uint32_t b)
{
	uint64_t of_a = x->raw[a].addr, of_b = x->raw[b].addr;

	return of_a != of_b ? of_a < of_b : a < b;
}

static void sift(const struct symbol_index *x, uint32_t *order, size_t at, size_t n)
{
	for (size_t child; (child = 2 * at + 1) < n; at = child) {
		if (child + 1 < n && comes_before(x, order[child], order[child + 1]))
			child++;
		if (comes_before(x, order[child], order[at]))
			return;
		uint32_t other = order[at];
		order[at] = order[child];
		order[child] = other;
	}
}

/*
 * A heap, without memory: qsort(3) passes on no context. One address far from all others can leave these no more than
 * one bucket, so it is not the few that are usual.
 */
static void sort(const struct symbol_index *x, uint32_t *order, size_t n)
{
	for (size_t at = n / 2; at-- > 0;)
		sift(x, order, at, n);
	while (n-- > 1) {
		uint32_t highest = order[0];
		order[0] = order[n];
		order[n] = highest;
		sift(x, order, 0, n);
	}
}

static void sort_bucket(struct symbol_index *x, size_t b)
{
	if (x->sorted[b / 8] & 1U << b % 8)
		return;
	x->sorted[b / 8] |= (uint8_t)(1U << b % 8);
	sort(x, x->order + x->begin[b], x->begin[b + 1] - x->begin[b]);
}

size_t symbol_index_below(struct symbol_index *x, uint64_t addr)
{
	if (!x->n || addr < x->low)
		return 0;
	size_t b = bucket_of(x, addr), low = x->begin[b], high = x->begin[b + 1];

	sort_bucket(x, b);
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (x->raw[x->order[mid]].addr <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

uint32_t symbol_index_at(struct symbol_index *x, size_t place)
{
	sort_bucket(x, bucket_of(x, x->raw[x->order[place]].addr));
	return x->order[place];
}

bool symbol_index_reaches(const struct symbol_index *x, size_t place, uint64_t addr)
{
	return x->reach[bucket_of(x, x->raw[x->order[place]].addr)] > addr;
}

/* SPDX-License-Identifier: MIT */
#include "symbol_index.h"

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

/* Inserted at their places: quick for a bucket of the usual size, and without memory. */
static void sort_few(struct symbol_index *x, uint32_t *order, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		uint32_t moved = order[i];
		size_t to = i;
		for (; to > 0 && x->raw[order[to - 1]].addr > x->raw[moved].addr; to--)
			order[to] = order[to - 1];
		order[to] = moved;
	}
}

static void sift(const struct symbol_index *x, uint32_t *order, size_t at, size_t n)
{
	for (size_t child; (child = 2 * at + 1) < n; at = child) {
		if (child + 1 < n && x->raw[order[child + 1]].addr > x->raw[order[child]].addr)
			child++;
		if (x->raw[order[child]].addr <= x->raw[order[at]].addr)
			return;
		uint32_t other = order[at];
		order[at] = order[child];
		order[child] = other;
	}
}

/* A heap: where one address far from all others has left these no more than one bucket. qsort(3) passes on no context. */
static void sort_many(struct symbol_index *x, uint32_t *order, size_t n)
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

#define FEW 64
static void sort_bucket(struct symbol_index *x, size_t b)
{
	size_t first = x->begin[b], n = x->begin[b + 1] - first;

	if (x->sorted[b / 8] & 1U << b % 8)
		return;
	x->sorted[b / 8] |= (uint8_t)(1U << b % 8);
	if (n <= FEW)
		sort_few(x, x->order + first, n);
	else
		sort_many(x, x->order + first, n);
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

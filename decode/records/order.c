/* SPDX-License-Identifier: MIT */
#include "records/order.h"

#include <errno.h>
#include <stdlib.h>

static bool before(const struct held *a, const struct held *b)
{
	return a->record.t_ns != b->record.t_ns ? a->record.t_ns < b->record.t_ns : a->nth < b->nth;
}

void order_release(struct order *o)
{
	free(o->heap);
	*o = (struct order){ 0 };
}

static int grow(struct order *o)
{
	size_t cap = o->cap ? 2 * o->cap : 1024;
	struct held *heap = reallocarray(o->heap, cap, sizeof(*heap));

	if (!heap)
		return -ENOMEM;
	o->heap = heap;
	o->cap = cap;
	return 0;
}

int order_add(struct order *o, const struct perf_record *r)
{
	struct held h = { *r, o->came++ };
	int err = o->n == o->cap ? grow(o) : 0;

	if (err)
		return err;
	size_t i = o->n++;
	while (i > 0 && before(&h, &o->heap[(i - 1) / 2])) {
		o->heap[i] = o->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	o->heap[i] = h;
	return 0;
}

const struct perf_record *order_peek(const struct order *o, uint64_t until_ns)
{
	return o->n && o->heap[0].record.t_ns <= until_ns ? &o->heap[0].record : NULL;
}

bool order_take(struct order *o, uint64_t until_ns, struct perf_record *ret)
{
	if (!order_peek(o, until_ns))
		return false;
	*ret = o->heap[0].record;
	struct held last = o->heap[--o->n];
	size_t i = 0, child;
	while ((child = 2 * i + 1) < o->n) {
		if (child + 1 < o->n && before(&o->heap[child + 1], &o->heap[child]))
			child++;
		if (!before(&o->heap[child], &last))
			break;
		o->heap[i] = o->heap[child];
		i = child;
	}
	if (o->n)
		o->heap[i] = last;
	return true;
}

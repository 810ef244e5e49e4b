/* SPDX-License-Identifier: MIT */
#include "records/order.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The kernel has no more. */
#define CPUS_MAX 8192

static bool before(const struct held *a, const struct held *b)
{
	return a->record.t_ns != b->record.t_ns ? a->record.t_ns < b->record.t_ns : a->nth < b->nth;
}

void order_release(struct order *o)
{
	for (size_t i = 0; i < o->n_queues; i++)
		free(o->queue[i].held);
	free(o->queue);
	free(o->eldest_ns);
	free(o->heap);
	*o = (struct order){ 0 };
}

/* Room for one more of them, of which there are n. 0 or -ENOMEM. */
static int make_room(struct held **held, size_t n, size_t *cap)
{
	if (n < *cap)
		return 0;
	size_t more = *cap ? 2 * *cap : 1024;
	struct held *grown = reallocarray(*held, more, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	*held = grown;
	*cap = more;
	return 0;
}

/* ---- what comes in order ---- */

static int have_queue(struct order *o, size_t cpu)
{
	size_t n = o->n_queues;

	if (cpu < n)
		return 0;
	struct order_queue *queue = reallocarray(o->queue, cpu + 1, sizeof(*queue));
	if (!queue)
		return -ENOMEM;
	o->queue = queue;
	uint64_t *eldest = reallocarray(o->eldest_ns, cpu + 1, sizeof(*eldest));
	if (!eldest)
		return -ENOMEM;
	o->eldest_ns = eldest;
	for (; n <= cpu; n++) {
		o->queue[n] = (struct order_queue){ 0 };
		o->eldest_ns[n] = UINT64_MAX;
	}
	o->n_queues = n;
	return 0;
}

/* Of a queue, behind its last one, or at the front when it is empty. */
static int append(struct order *o, size_t cpu, const struct held *h)
{
	struct order_queue *q = &o->queue[cpu];

	if (q->first && q->first + q->n == q->cap && q->first >= q->cap / 2) {
		memmove(q->held, q->held + q->first, q->n * sizeof(*q->held));
		q->first = 0;
	}
	int err = make_room(&q->held, q->first + q->n, &q->cap);
	if (err)
		return err;
	q->held[q->first + q->n++] = *h;
	if (q->n == 1)
		o->eldest_ns[cpu] = h->record.t_ns;
	return 0;
}

static void drop_first(struct order *o, size_t cpu)
{
	struct order_queue *q = &o->queue[cpu];

	q->first = --q->n ? q->first + 1 : 0;
	o->eldest_ns[cpu] = q->n ? q->held[q->first].record.t_ns : UINT64_MAX;
}

/* ---- what does not ---- */

static int heap_add(struct order *o, const struct held *h)
{
	int err = make_room(&o->heap, o->n_heap, &o->cap_heap);

	if (err)
		return err;
	size_t i = o->n_heap++;
	while (i > 0 && before(h, &o->heap[(i - 1) / 2])) {
		o->heap[i] = o->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	o->heap[i] = *h;
	return 0;
}

static void heap_drop(struct order *o)
{
	struct held last = o->heap[--o->n_heap];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < o->n_heap) {
		if (child + 1 < o->n_heap && before(&o->heap[child + 1], &o->heap[child]))
			child++;
		if (!before(&o->heap[child], &last))
			break;
		o->heap[i] = o->heap[child];
		i = child;
	}
	if (o->n_heap)
		o->heap[i] = last;
}

/* ---- both ---- */

int order_add(struct order *o, const struct perf_record *r)
{
	const struct held h = { *r, o->came++ };
	size_t cpu = r->cpu;
	int err = cpu < CPUS_MAX ? have_queue(o, cpu) : 0;

	if (err)
		return err;
	const struct order_queue *q = cpu < CPUS_MAX ? &o->queue[cpu] : NULL;
	bool ordered = q && (!q->n || !before(&h, &q->held[q->first + q->n - 1]));
	err = ordered ? append(o, cpu, &h) : heap_add(o, &h);
	o->n += !err;
	return err;
}

/* The queue of the eldest, or n_queues where that is in the heap; NULL: there is none. */
static const struct held *eldest(const struct order *o, size_t *ret_queue)
{
	const struct held *found = o->n_heap ? o->heap : NULL;
	uint64_t ns = found ? found->record.t_ns : UINT64_MAX;

	*ret_queue = o->n_queues;
	for (size_t i = 0; i < o->n_queues; i++) {
		if (o->eldest_ns[i] > ns || !o->queue[i].n)
			continue;
		const struct held *h = &o->queue[i].held[o->queue[i].first];
		if (found && !before(h, found))
			continue;
		found = h;
		ns = h->record.t_ns;
		*ret_queue = i;
	}
	return found;
}

const struct perf_record *order_peek(const struct order *o, uint64_t until_ns)
{
	size_t queue;
	const struct held *h = eldest(o, &queue);

	return h && h->record.t_ns <= until_ns ? &h->record : NULL;
}

bool order_take(struct order *o, uint64_t until_ns, struct perf_record *ret)
{
	size_t queue;
	const struct held *h = eldest(o, &queue);

	if (!h || h->record.t_ns > until_ns)
		return false;
	*ret = h->record;
	if (queue < o->n_queues)
		drop_first(o, queue);
	else
		heap_drop(o);
	o->n--;
	return true;
}

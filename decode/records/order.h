/* SPDX-License-Identifier: MIT */
/*
 * Records of several CPUs in the order of time. Each CPU's come in order; the others' come whenever its ring is read.
 * So a record is held back until every ring was read after its time.
 */
#ifndef DECODE_ORDER_H
#define DECODE_ORDER_H

#include "records/perf_record.h"

struct held {
	struct perf_record record;
	uint64_t nth; /* in which it came: what decides between equal times */
};

/* What has come of a CPU in its order, the eldest at `first`. */
struct order_queue {
	struct held *held;
	size_t first, n, cap;
};

/* Zeroed to begin with. */
struct order {
	size_t n;                  /* held in all */
	struct order_queue *queue; /* one a CPU */
	uint64_t *eldest_ns;       /* of each queue; UINT64_MAX: it is empty */
	size_t n_queues;
	struct held *heap; /* those that came behind a younger one of their CPU, and those of no CPU that can be */
	size_t n_heap, cap_heap;
	uint64_t came;
};

void order_release(struct order *o);
/* 0 or -ENOMEM. */
int order_add(struct order *o, const struct perf_record *r) THR_MUST_CHECK;
/* The eldest, if it is not younger than until_ns; NULL. Until the next change. */
const struct perf_record *order_peek(const struct order *o, uint64_t until_ns);
/* Takes that one out. */
bool order_take(struct order *o, uint64_t until_ns, struct perf_record *ret);
#endif

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

/* Zeroed to begin with. */
struct order {
	struct held *heap;
	size_t n, cap;
	uint64_t came;
};

void order_release(struct order *o);
/* 0 or -ENOMEM. */
int order_add(struct order *o, const struct perf_record *r) THR_MUST_CHECK;
/* The eldest, if it is not younger than until_ns; NULL. */
const struct perf_record *order_peek(const struct order *o, uint64_t until_ns);
/* Takes that one out. */
bool order_take(struct order *o, uint64_t until_ns, struct perf_record *ret);
#endif

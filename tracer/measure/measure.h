/* SPDX-License-Identifier: MIT */
/*
 * Takes samples of what a row of <thrtrace/cost_rows.def> is. Threads and processes that are made for it end with it;
 * a process that is gone half-way leaves nothing.
 */
#ifndef TRACER_MEASURE_H
#define TRACER_MEASURE_H

#include <thrtrace/cost.h>

#define SAMPLES_MAX 20000
#define SAMPLES_FEW 30

struct samples {
	double *ns; /* room for SAMPLES_MAX */
	size_t n;
	uint64_t end_ns;     /* no sample is begun after that, once there are a few */
	const char *unknown; /* why there is none */
};

/* One more is wanted. */
bool samples_want(const struct samples *s);
void samples_add(struct samples *s, double ns);
uint64_t measure_now(void);

/* Fills *ret with samples, taken for so long. 0 or -ENOMEM. */
int measure(struct cost *ret, enum cost_id id, uint64_t budget_ns) THR_MUST_CHECK;
/* By making so many threads that sleep. */
void measure_memory(struct cost_memory *ret, unsigned threads);

/* One for each row, in the file of its kind. */
#define COST(id, key, what, said_ns, function) void measure_##function(struct samples *s);
#include <thrtrace/cost_rows.def>
#undef COST

#endif

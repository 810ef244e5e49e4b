/* SPDX-License-Identifier: MIT */
#include "measure/measure.h"

#include <time.h>

uint64_t measure_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
}

bool samples_want(const struct samples *s)
{
	return s->n < SAMPLES_MAX && !s->unknown && (s->n < SAMPLES_FEW || measure_now() < s->end_ns);
}

void samples_add(struct samples *s, double ns)
{
	s->ns[s->n++] = ns;
}

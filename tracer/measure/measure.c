/* SPDX-License-Identifier: MIT */
#include "measure/measure.h"

#include <errno.h>
#include <stdlib.h>

static void (*const take[COSTS])(struct samples *s) = {
#define COST(id, key, what, said_ns, function) [COST_##id] = measure_##function,
#include <thrtrace/cost_rows.def>
#undef COST
};

int measure(struct cost *ret, enum cost_id id, uint64_t budget_ns)
{
	struct samples s = { .ns = calloc(SAMPLES_MAX, sizeof(*s.ns)) };

	if (!s.ns)
		return -ENOMEM;
	s.end_ns = measure_now() +
		budget_ns / 5; /* once for nothing: caches, stacks that are kept, the clock of the CPU */
	take[id](&s);
	s.n = 0;
	s.end_ns = measure_now() + budget_ns;
	if (!s.unknown)
		take[id](&s);
	cost_of(ret, id, s.ns, s.unknown ? 0 : s.n, s.unknown);
	free(s.ns);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* The accepted word next to a refused one. */
#include <thrtrace/trial.h>

enum { ADDING = 1, DROPPING = 3, COST_MAX = 5, BITS = 38 };

struct search {
	struct explain_query query;
	uint64_t from; /* the refused word's flags */
	unsigned call;
};

static bool accepted(struct search *s, uint64_t flags)
{
	struct verdict v;

	s->query.word.flags = flags;
	explain_verdict(&v, &s->query);
	return !v.err;
}

/* Tries all words that cost so much, from this bit on. */
static bool try_cost(struct search *s, uint64_t flags, unsigned bit, int cost)
{
	if (cost == 0)
		return accepted(s, flags);
	for (; bit < BITS; bit++) {
		uint64_t b = UINT64_C(1) << bit;
		int step = s->from & b ? DROPPING : ADDING;
		if (step > cost || !clone_flag_of(b, (enum flag_call)s->call))
			continue;
		if (try_cost(s, flags ^ b, bit + 1, cost - step))
			return true;
	}
	return false;
}

bool trial_nearest(struct flag_word *ret, const struct explain_query *q)
{
	struct search s = { *q, q->word.flags & ~q->word.unknown, q->word.call };
	unsigned first = q->word.call == ON_CLONE ? 8 : 7; /* below: the exit signal */

	s.query.word.unknown = 0;
	for (int with_signal = 1; with_signal >= 0; with_signal--) {
		for (int cost = 0; cost <= COST_MAX; cost++)
			if (try_cost(&s, s.from, first, cost)) {
				*ret = s.query.word;
				ret->word = ret->flags | ret->exit_signal;
				return true;
			}
		s.query.word.exit_signal = 0;
	}
	return false;
}

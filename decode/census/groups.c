/* SPDX-License-Identifier: MIT */
/* Groups of threads, and sums over them. */
#include "census/census_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool census_rates_of(const struct census_task *t, struct census_rates *ret)
{
	const struct census_account *a = &t->was, *b = &t->is;

	if (!a->t_ns || b->t_ns <= a->t_ns || b->cpu_ns < a->cpu_ns || b->wait_ns < a->wait_ns)
		return false;
	double ns = (double)(b->t_ns - a->t_ns);
	*ret = (struct census_rates){ .cpu = 100 * (double)(b->cpu_ns - a->cpu_ns) / ns,
		.queue = 100 * (double)(b->wait_ns - a->wait_ns) / ns };
	ret->split = a->split && b->split && b->voluntary >= a->voluntary && b->involuntary >= a->involuntary;
	if (ret->split) {
		ret->voluntary = 1e9 * (double)(b->voluntary - a->voluntary) / ns;
		ret->involuntary = 1e9 * (double)(b->involuntary - a->involuntary) / ns;
	}
	return true;
}

static unsigned state_at(char state)
{
	const char *at = state ? strchr(CENSUS_LETTERS, state) : NULL;

	return at ? (unsigned)(at - CENSUS_LETTERS) : sizeof(CENSUS_LETTERS) - 1;
}

struct census_group census_group_of(const struct census_task *t)
{
	struct census_group g = {
		.first = t, .n = 1, .cpu_ns = t->is.cpu_ns, .reserved = t->reserved, .touched = t->touched
	};
	struct census_rates r;

	g.states[state_at(t->state)] = 1;
	g.any_stack = t->stack_known;
	g.any_touched = t->touched_known;
	g.any_asleep = t->asleep_known;
	g.asleep_ns[0] = g.asleep_ns[1] = t->asleep_ns;
	g.nice[0] = g.nice[1] = t->nice;
	g.last_cpu[0] = g.last_cpu[1] = t->last_cpu;
	g.rt_priority[0] = g.rt_priority[1] = t->rt_priority;
	g.any_account = census_rates_of(t, &r);
	if (!g.any_account)
		return g;
	g.cpu = r.cpu;
	g.queue = r.queue;
	g.any_split = r.split;
	g.voluntary = r.voluntary;
	g.involuntary = r.involuntary;
	return g;
}

static void widen(int range[2], const int other[2])
{
	range[0] = other[0] < range[0] ? other[0] : range[0];
	range[1] = other[1] > range[1] ? other[1] : range[1];
}

static void join_spans(uint64_t span[2], const uint64_t other[2])
{
	span[0] = other[0] < span[0] ? other[0] : span[0];
	span[1] = other[1] > span[1] ? other[1] : span[1];
}

void census_add_group(struct census_group *sum, const struct census_group *g)
{
	const struct census_task *a = sum->first, *b = g->first;

	if (!sum->n) {
		*sum = *g;
		return;
	}
	sum->n += g->n;
	for (unsigned i = 0; i < ARRAY_SIZE(sum->states); i++)
		sum->states[i] += g->states[i];
	sum->cpu += g->cpu;
	sum->queue += g->queue;
	sum->voluntary += g->voluntary;
	sum->involuntary += g->involuntary;
	sum->cpu_ns += g->cpu_ns;
	sum->reserved += g->reserved;
	sum->touched += g->touched;
	if (g->any_asleep && sum->any_asleep)
		join_spans(sum->asleep_ns, g->asleep_ns);
	else if (g->any_asleep)
		memcpy(sum->asleep_ns, g->asleep_ns, sizeof(sum->asleep_ns));
	sum->any_asleep |= g->any_asleep;
	sum->any_account |= g->any_account;
	sum->any_split |= g->any_split;
	sum->any_stack |= g->any_stack;
	sum->any_touched |= g->any_touched;
	sum->names_differ |= g->names_differ || strcmp(a->pattern, b->pattern) != 0;
	sum->places_differ |= g->places_differ || strcmp(a->place, b->place) != 0;
	sum->starts_differ |= g->starts_differ || strcmp(a->start, b->start) != 0;
	sum->roles_differ |= g->roles_differ || strcmp(a->role, b->role) != 0;
	sum->affinities_differ |= g->affinities_differ || strcmp(a->affinity, b->affinity) != 0;
	sum->policies_differ |= g->policies_differ || a->policy != b->policy;
	sum->guards_differ |= g->guards_differ || a->guard != b->guard;
	widen(sum->nice, g->nice);
	widen(sum->last_cpu, g->last_cpu);
	widen(sum->rt_priority, g->rt_priority);
}

struct census_group census_total(const struct census *c)
{
	struct census_group sum = { .n = 0 };

	for (size_t i = 0; i < c->n; i++) {
		struct census_group one = census_group_of(&c->task[i]);
		census_add_group(&sum, &one);
	}
	return sum;
}

/* ---- in groups ---- */

typedef int order(const void *a, const void *b);

struct ref {
	const struct census_task *task;
};

static const struct census_task *task_at(const void *p)
{
	return ((const struct ref *)p)->task;
}

static int by_tid(const void *a, const void *b)
{
	return (task_at(a)->tid > task_at(b)->tid) - (task_at(a)->tid < task_at(b)->tid);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(task_at(a)->pattern, task_at(b)->pattern);
}

static int by_wait(const void *a, const void *b)
{
	return strcmp(task_at(a)->place, task_at(b)->place);
}

static int by_name_and_wait(const void *a, const void *b)
{
	int r = by_name(a, b);

	return r ? r : by_wait(a, b);
}

static int by_state(const void *a, const void *b)
{
	return task_at(a)->state - task_at(b)->state;
}

static int by_policy(const void *a, const void *b)
{
	return task_at(a)->policy - task_at(b)->policy;
}

static int by_role(const void *a, const void *b)
{
	return strcmp(task_at(a)->role, task_at(b)->role);
}

static int by_start(const void *a, const void *b)
{
	return strcmp(task_at(a)->start, task_at(b)->start);
}

static order *const orders[] = {
	[BY_NAME_AND_WAIT] = by_name_and_wait,
	[BY_NAME] = by_name,
	[BY_STATE] = by_state,
	[BY_WAIT] = by_wait,
	[BY_POLICY] = by_policy,
	[BY_ROLE] = by_role,
	[BY_START] = by_start,
	[BY_THREAD] = by_tid,
};

/* at: n tasks, in the order. */
static size_t gather(const struct ref *at, size_t n, order *same, struct census_group *out)
{
	size_t groups = 0;

	for (size_t i = 0; i < n; i++) {
		struct census_group one = census_group_of(at[i].task);
		if (i && same(&at[i - 1], &at[i]) == 0)
			census_add_group(&out[groups - 1], &one);
		else
			out[groups++] = one;
	}
	return groups;
}

static size_t count_groups(const struct ref *at, size_t n, order *same)
{
	size_t groups = n > 0;

	for (size_t i = 1; i < n; i++)
		groups += same(&at[i - 1], &at[i]) != 0;
	return groups;
}

int census_groups(const struct census *c, enum census_by by, struct census_group **ret, size_t *ret_n)
{
	struct ref *at = calloc(c->n + 1, sizeof(*at));
	struct census_group *group = NULL;

	if (!at)
		return -ENOMEM;
	for (size_t i = 0; i < c->n; i++)
		at[i].task = &c->task[i];
	if (c->n)
		qsort(at, c->n, sizeof(*at), orders[by]);
	size_t n = count_groups(at, c->n, orders[by]);
	group = calloc(n + 1, sizeof(*group));
	if (group)
		*ret_n = gather(at, c->n, orders[by], group);
	free(at);
	*ret = group;
	return group ? 0 : -ENOMEM;
}

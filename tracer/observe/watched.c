/* SPDX-License-Identifier: MIT */
#include "observe/story_impl.h"

#include <stdlib.h>

struct watched *watched_find(const struct story *s, pid_t tid)
{
	struct watched *w;

	HASH_FIND_INT(s->by_tid, &tid, w);
	return w;
}

struct watched *watched_new(struct story *s, const struct task *t, bool followed)
{
	struct watched *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->tid = t->id.tid;
	w->tgid = t->tgid;
	w->serial = t->id.serial;
	w->followed = followed;
	HASH_ADD_INT(s->by_tid, tid, w);
	if (!w->hh.tbl) {
		free(w);
		return NULL;
	}
	s->n_followed += followed;
	return w;
}

void watched_free(struct story *s, struct watched *w)
{
	HASH_DEL(s->by_tid, w);
	s->n_followed -= w->followed;
	seen_call_free(w->call);
	free(w);
}

const struct task *watched_task(const struct story *s, const struct watched *w)
{
	return w ? model_by_serial(s->r->tell.model, w->serial) : NULL;
}

static void take_cpu(struct watched *w, uint64_t now, bool counts)
{
	w->turns += counts;
	w->wait_ns += w->waits && now > w->out_ns ? now - w->out_ns : 0;
	w->in_ns = now;
}

static void leave_cpu(struct watched *w, uint64_t now, bool preempted, bool counts)
{
	w->ran_ns += now > w->in_ns ? now - w->in_ns : 0;
	w->in_ns = 0;
	w->out_ns = now;
	w->waits = preempted;
	w->involuntary += counts && preempted;
	w->voluntary += counts && !preempted;
}

void watched_switch(struct story *s, const struct perf_record *r)
{
	struct watched *w = watched_find(s, r->by_tid);

	if (!w)
		return;
	bool counts = r->t_ns >= w->since_ns; /* else the account has it */
	uint64_t now = counts ? r->t_ns : w->since_ns;
	if (w->unplaced && r->u.change.out)
		w->in_ns = w->since_ns;
	w->unplaced = false;
	if (r->u.change.out == !w->in_ns) /* told twice: of a task that was watched by birth, and then by number */
		return;
	if (r->u.change.out)
		leave_cpu(w, now, r->u.change.preempted, counts);
	else
		take_cpu(w, now, counts);
}

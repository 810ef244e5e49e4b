/* SPDX-License-Identifier: MIT */
#include "follow/attached.h"

#include <errno.h>
#include <stdlib.h>

#include <thrtrace/procstat.h>

#include "follow/facts.h"

static struct attached_process *find(struct attach *a, pid_t tgid)
{
	for (size_t i = 0; i < a->n_processes; i++)
		if (a->process[i].tgid == tgid)
			return &a->process[i];
	return NULL;
}

struct attached_process *attached_process_of(const struct run *r, pid_t tgid)
{
	return r->attach ? find(r->attach, tgid) : NULL;
}

static struct attached_born *find_born(const struct attach *a, pid_t tid)
{
	struct attached_born *b;

	HASH_FIND(hh, a->born, &tid, sizeof(tid), b);
	return b;
}

/* Found or made; NULL when out of memory. */
static struct attached_born *born(struct attach *a, pid_t tid)
{
	struct attached_born *b = find_born(a, tid);

	if (b)
		return b;
	b = calloc(1, sizeof(*b));
	if (!b)
		return NULL;
	b->tid = tid;
	HASH_ADD(hh, a->born, tid, sizeof(b->tid), b);
	if (b->hh.tbl)
		return b;
	free(b);
	return NULL;
}

void attached_add_born(struct attach *a, pid_t tid)
{
	struct attached_born *b = born(a, tid);

	if (b)
		b->left_ns = 0;
}

bool attached_is_born(const struct attach *a, pid_t tid)
{
	const struct attached_born *b = find_born(a, tid);

	return b && !b->left_ns;
}

int attached_add_stranger(struct attach *a, pid_t tid)
{
	struct attached_born *b = born(a, tid);

	if (!b)
		return -ENOMEM;
	a->strangers += !b->strange;
	b->strange = true;
	b->left_ns = 0;
	return 0;
}

bool attached_meets(struct attach *a, pid_t tid)
{
	struct attached_born *b = find_born(a, tid);

	if (!b || !b->strange)
		return false;
	b->strange = false;
	a->strangers--;
	return true;
}

/* A task that began no later than in the tick in which the other one was let go is that one. */
bool attached_is_leaving(struct run *r, pid_t tid)
{
	const struct attached_born *b = find_born(r->attach, tid);
	struct procstat stat;

	return b && b->left_ns && facts_stat(r, tid, &stat) &&
		stat.start_ticks * (1000000000U / PROCSTAT_HZ) < b->left_ns;
}

void attached_forget_born(struct attach *a)
{
	struct attached_born *b, *next;

	HASH_ITER (hh, a->born, b, next) {
		HASH_DEL(a->born, b);
		free(b);
	}
}

void attached_release(struct attach *a)
{
	attached_forget_born(a);
	free(a->process);
	free(a->queue);
	free(a->later);
	*a = (struct attach){ 0 };
}

static int enqueue(struct attach *a, pid_t tid)
{
	if (a->n == a->room) {
		size_t room = a->room ? a->room * 2 : 256;
		pid_t *queue = realloc(a->queue, room * sizeof(*queue));
		if (!queue)
			return -ENOMEM;
		a->queue = queue;
		a->room = room;
	}
	a->queue[a->n++] = tid;
	return 0;
}

int attached_take(struct run *r, struct attached_process *p, struct tracee *t)
{
	t->tgid = p->tgid;
	t->place = (uint32_t)r->attach->n;
	p->threads++;
	return enqueue(r->attach, t->tid);
}

void attached_gone(struct run *r, struct tracee *t, bool let_go)
{
	struct attached_process *p = find(r->attach, t->tgid);

	if (p)
		p->threads--;
	struct attached_born *b = let_go ? born(r->attach, t->tid) : NULL;
	if (b)
		b->left_ns = r->k->boot_ns(r->k->ctx);
	r->attach->queue[t->place] = 0;
	tracee_free(&r->tracees, t);
}

struct attached_process *attached_process_with(struct run *r, pid_t tid)
{
	for (size_t i = 0; i < r->attach->n_processes; i++)
		if (r->k->in_group(r->k->ctx, r->attach->process[i].tgid, tid) == 1)
			return &r->attach->process[i];
	return NULL;
}

int attached_add(struct run *r, struct attached_process *p, pid_t tid, enum tracee_state state)
{
	struct tracee *t = tracee_new(&r->tracees, tid, state);

	return t ? attached_take(r, p, t) : -ENOMEM;
}

struct attached_process *attached_process_new(struct attach *a, pid_t tgid)
{
	struct attached_process *known = find(a, tgid);

	if (known)
		return known;
	struct attached_process *grown = realloc(a->process, (a->n_processes + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	a->process = grown;
	grown[a->n_processes] = (struct attached_process){ .tgid = tgid };
	return &grown[a->n_processes++];
}

int attached_list(struct run *r, pid_t tgid, size_t expect, pid_t **ret)
{
	for (size_t room = expect + 64;; room *= 2) {
		pid_t *tids = malloc(room * sizeof(*tids));
		if (!tids)
			return -ENOMEM;
		int n = r->k->list_tasks(r->k->ctx, tgid, tids, room);
		if (n >= 0 && (size_t)n < room) {
			*ret = tids;
			return n;
		}
		free(tids);
		if (n < 0)
			return n;
	}
}

ssize_t attached_tasks(const struct run *r, struct attached_task **ret)
{
	const struct attach *a = r->attach;
	struct attached_task *all = calloc(a->n + 1, sizeof(*all));
	size_t n = 0;

	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < a->n; i++) {
		const struct tracee *t = tracee_find(&r->tracees, a->queue[i]);
		if (t)
			all[n++] = (struct attached_task){ t->tid, t->tgid, t->state == TR_ZOMBIE };
	}
	*ret = all;
	return (ssize_t)n;
}

int attached_restore(struct run *r, const struct attached_process *process, size_t n_processes,
	const struct attached_task *task, size_t n_tasks)
{
	for (size_t i = 0; i < n_processes; i++) {
		if (process[i].tgid <= 0 || find(r->attach, process[i].tgid))
			return -EINVAL;
		struct attached_process *p = attached_process_new(r->attach, process[i].tgid);
		if (!p)
			return -ENOMEM;
		*p = process[i];
		p->threads = 0;
	}
	for (size_t i = 0; i < n_tasks; i++) {
		struct attached_process *p = find(r->attach, task[i].tgid);
		if (!p || task[i].tid <= 0 || tracee_find(&r->tracees, task[i].tid))
			return -EINVAL;
		int err = attached_add(r, p, task[i].tid, task[i].zombie ? TR_ZOMBIE : TR_ATTACHED);
		if (err)
			return err;
	}
	return 0;
}

bool attached_pending(const struct run *r)
{
	return r->attach && r->attach->next < r->attach->n;
}

bool attached_many_pending(const struct run *r)
{
	const struct attach *a = r->attach;

	return a && a->many && r->asked.mode == MODE_LIGHT && a->n - a->next > a->many;
}

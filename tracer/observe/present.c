/* SPDX-License-Identifier: MIT */
#include "observe/present.h"

#include <errno.h>
#include <stdlib.h>

#include "follow/attach.h"
#include "follow/attach_denial.h"
#include "follow/birth_attached.h"
#include "follow/facts.h"

/* A process that makes threads faster than its list can be read has all of them watched by birth before this. */
#define PASSES_MAX 100

/* ---- watching ---- */

/* Whoever was born of a watched task is watched by that. */
static int note_birth(void *ctx, const struct perf_record *r, const void *bytes, size_t n)
{
	struct attach *a = ctx;
	(void)bytes;
	(void)n;

	if (r->kind == PERF_FORK && !attached_is_born(a, r->u.task.tid))
		attached_add_born(a, r->u.task.tid);
	return 0;
}

static int watch_task(struct run *r, struct source *s, struct attached_process *p, pid_t tid, size_t *found)
{
	if (tracee_find(&r->tracees, tid) || attached_is_born(r->attach, tid))
		return 0;
	int err = events_add(s->events, tid);
	if (err == -ESRCH) /* gone, or a first thread that others of its process outlive */
		return tid == p->tgid && facts_zombie(r, tid) ? attached_add(r, p, tid, TR_ZOMBIE) : 0;
	if (err)
		return err;
	(*found)++;
	return attached_add(r, p, tid, TR_ATTACHED);
}

/* One look at /proc/TGID/task: watches what is new there. */
static int pass(struct run *r, struct source *s, struct attached_process *p, size_t *found)
{
	pid_t *tids;
	int err = source_keep(s, note_birth, r->attach);

	if (err)
		return err;
	int n = attached_list(r, p->tgid, p->threads, &tids);
	if (n < 0) /* it is gone */
		return n == -ENOENT || n == -ESRCH ? 0 : n;
	for (int i = 0; !err && i < n; i++)
		err = watch_task(r, s, p, tids[i], found);
	free(tids);
	return err;
}

/* Two looks in a row that find nobody new: none is missing. */
static int watch_process(struct run *r, struct source *s, struct attached_process *p)
{
	unsigned quiet = 0;
	int err = 0;

	for (unsigned n = 0; !err && n < PASSES_MAX && quiet < 2; n++) {
		size_t found = 0;
		err = pass(r, s, p, &found);
		quiet = found ? 0 : quiet + 1;
	}
	return err;
}

static int watch_one(struct run *r, struct source *s, pid_t pid)
{
	struct attach_denial f;
	size_t found = 0;

	attach_denial_read(&f, r, pid, 0);
	if (!f.exists)
		return -ESRCH;
	struct attached_process *p = attached_process_new(r->attach, f.tgid);
	if (!p)
		return -ENOMEM;
	size_t before = p->threads;
	int err = r->attach->only_thread ? watch_task(r, s, p, pid, &found) : watch_process(r, s, p);
	if (before)
		return err;
	if (!p->threads) {
		r->attach->n_processes--;
		return err ? err : -ESRCH;
	}
	if (err)
		return err;
	attach_identify(r, p);
	return events_know(s->events, p->tgid);
}

/* Of this process nothing comes, whatever else can be watched: it is gone, or another's. */
static bool is_its_own(int err)
{
	return err == -ESRCH || err == -EACCES || err == -EPERM;
}

int present_watch(struct run *r, struct source *s, const pid_t *pids, size_t n)
{
	int got = 0, err = 0;

	for (size_t i = 0; !err && i < n; i++) {
		err = watch_one(r, s, pids[i]);
		got += !err;
		if (is_its_own(err)) { /* the same right as for ptrace(2) */
			attach_refuse(r, pids[i], err == -EACCES ? -EPERM : err);
			err = 0;
		}
	}
	attached_forget_born(r->attach);
	return err ? err : got;
}

/* ---- telling ---- */

static void tell_task(struct story *s, struct tracee *t)
{
	struct run *r = s->r;
	struct glance g;

	if (t->state == TR_ZOMBIE) {
		birth_attached(r, t, ATTACHED_ZOMBIE, NULL);
	} else {
		birth_see(r, t, "--observe stops nobody", &g);
		birth_attached(r, t, g.stat_known ? ATTACHED_AS_IT_IS : ATTACHED_GONE, &g);
	}
	if (!r->error)
		run_fail(r, story_add_present(s, t));
}

void present_tell(struct story *s)
{
	struct attach *a = s->r->attach;

	attach_tell(s->r);
	for (; a->next < a->n && !s->r->error; a->next++) {
		struct tracee *t = tracee_find(&s->r->tracees, a->queue[a->next]);
		if (t)
			tell_task(s, t);
	}
	tracee_free_all(&s->r->tracees);
}

/* SPDX-License-Identifier: MIT */
#include "follow/creds.h"

#include <stdio.h>
#include <string.h>

#include <thrtrace/proc_text.h>

#include "follow/facts.h"

/* A library repeats the call within moments: it has each thread interrupted for it. */
#define REPEATED_NS 20000000U
/* So many threads are looked at. */
#define LOOKED_AT 128

/* Real, effective, saved and file system id, of the user and of the group, as /proc has them. */
struct ids {
	char user[64], group[64];
};

static bool read_ids(struct run *r, pid_t tid, struct ids *ret)
{
	char buf[PROC_TEXT];
	const char *text = facts_text(r, tid, "status", buf, sizeof(buf));
	const char *user = text ? proc_field(text, "Uid:") : NULL, *group = text ? proc_field(text, "Gid:") : NULL;

	if (!user || !group)
		return false;
	snprintf(ret->user, sizeof(ret->user), "%.*s", (int)strcspn(user, "\n"), user);
	snprintf(ret->group, sizeof(ret->group), "%.*s", (int)strcspn(group, "\n"), group);
	return true;
}

static bool changes_ids(enum call_id id)
{
	return id == CALL_setuid || id == CALL_setgid || id == CALL_setreuid || id == CALL_setregid ||
		id == CALL_setresuid || id == CALL_setresgid;
}

void creds_changed(struct run *r, const struct tracee *t, const struct task *task, uint64_t t_ns)
{
	if (r->asks_harm && changes_ids(t->call.id) && task->group && task->group->live > 1)
		r->creds = (struct creds_call){ t->tgid, t->serial, t->call.id, t_ns };
}

/* A thread that was there at the call and has other ids; NULL. */
static const struct task *other_than(struct run *r, const struct task *task, const struct creds_call *c)
{
	struct ids its, ids;
	unsigned n = 0;

	if (!read_ids(r, task->id.tid, &its))
		return NULL;
	for (const struct task *o = model_next(r->tell.model, 0); o && n < LOOKED_AT;
		o = model_next(r->tell.model, o->id.serial)) {
		if (o == task || o->tgid != c->tgid || o->life != TASK_LIVE || !o->followed || o->t_born_ns > c->t_ns)
			continue;
		n++;
		if (read_ids(r, o->id.tid, &ids) && (strcmp(ids.user, its.user) || strcmp(ids.group, its.group)))
			return o;
	}
	return NULL;
}

void creds_look(struct run *r, pid_t tgid, uint64_t t_ns)
{
	struct creds_call c = r->creds;

	if (!c.tgid || c.tgid != tgid || t_ns < c.t_ns + REPEATED_NS)
		return;
	r->creds.tgid = 0;
	const struct task *task = model_by_serial(r->tell.model, c.serial);
	if (!task || task->life != TASK_LIVE)
		return;
	const struct task *other = other_than(r, task, &c);
	struct event ev = { .kind = EV_ODDITY,
		.task = task,
		.t_ns = t_ns,
		.u.oddity = { .kind = ODD_CREDS, .creds = { call_row(c.id)->name, other ? other->label : 0 } } };
	if (other)
		run_tell(r, &ev, true);
}

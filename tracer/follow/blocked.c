/* SPDX-License-Identifier: MIT */
#include "follow/blocked.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <thrtrace/census.h>
#include <thrtrace/proc_text.h>

#include "follow/attached.h"
#include "follow/facts.h"

/* A larger process is not looked at: each thread costs some microseconds, at a time when others may be waiting. */
#define TASKS_MAX 2000

struct look {
	struct run *r;
	struct census c;
	unsigned told;
};

/* ---- what each thread waits for ---- */

static bool read_account(struct run *r, pid_t tid, struct census_account *a)
{
	char text[128];

	*a = (struct census_account){ .t_ns = 1 };
	return facts_text(r, tid, "schedstat", text, sizeof(text)) && census_take_schedstat(a, text);
}

static bool has_rested(struct run *r, const struct census_task *t)
{
	struct census_account now;

	return t->is.t_ns && read_account(r, t->tid, &now) && now.turns == t->is.turns && now.cpu_ns == t->is.cpu_ns;
}

static void read_task(struct run *r, const struct task *task, struct census_task *t)
{
	char text[256];

	*t = (struct census_task){
		.tid = task->id.tid,
		.tid_inside = task->tid_inside ? task->tid_inside : task->id.tid,
		.robust_head = task->robust_head,
	};
	if (!read_account(r, t->tid, &t->is))
		t->is.t_ns = 0;
	if (facts_text(r, t->tid, "syscall", text, sizeof(text)))
		(void)!census_take_syscall(t, text);
}

static void read_words(struct run *r, pid_t tid, taddr at, struct lock_words *w)
{
	*w = (struct lock_words){ .below = 0 };
	if (at > LOCK_BELOW &&
		r->k->read_mem(r->k->ctx, tid, at - LOCK_BELOW, w->bytes, sizeof(w->bytes)) ==
			(ssize_t)sizeof(w->bytes)) {
		w->below = LOCK_BELOW;
		w->above = LOCK_ABOVE;
		return;
	}
	ssize_t n = r->k->read_mem(r->k->ctx, tid, at, w->bytes + LOCK_BELOW, LOCK_ABOVE);
	w->above = n > 0 ? (unsigned)n : 0;
}

static bool read_lock(struct run *r, const struct census *c, const struct census_task *t, struct lock_words *w,
	struct census_lock *ret)
{
	taddr at;

	if (!census_waits_on(c, t, &at))
		return false;
	read_words(r, t->tid, at, w);
	census_lock_of(ret, c, t, w);
	return true;
}

static int by_tid(const void *a, const void *b)
{
	pid_t x = ((const struct census_task *)a)->tid, y = ((const struct census_task *)b)->tid;

	return (x > y) - (x < y);
}

static bool is_wide(const struct task *t)
{
	return t->stack.high >> 32 || t->tls >> 32;
}

/* The live threads of the process. 0; -ENOMEM; -E2BIG: too many of them. */
static int read_tasks(struct run *r, pid_t tgid, struct census *c)
{
	c->task = calloc(TASKS_MAX, sizeof(*c->task));
	if (!c->task)
		return -ENOMEM;
	for (const struct task *t = model_next(r->tell.model, 0); t; t = model_next(r->tell.model, t->id.serial)) {
		if (t->tgid != tgid || t->life != TASK_LIVE || !t->followed)
			continue;
		if (c->n == TASKS_MAX)
			return -E2BIG;
		c->libc = model_libc(r->tell.model, t);
		c->words64 |= is_wide(t);
		read_task(r, t, &c->task[c->n++]);
	}
	qsort(c->task, c->n, sizeof(*c->task), by_tid);
	return 0;
}

/* What is the same at a second look, of a task that has not run meanwhile, was so at one moment for all of them. */
static void read_locks(struct run *r, struct census *c)
{
	struct lock_words words;
	struct census_lock again;

	for (size_t i = 0; i < c->n; i++)
		if (!read_lock(r, c, &c->task[i], &words, &c->task[i].lock))
			c->task[i].lock.kind = WAIT_NONE;
	for (size_t i = 0; i < c->n; i++) {
		struct census_lock *l = &c->task[i].lock;
		l->steady = l->owner && read_lock(r, c, &c->task[i], &words, &again) && again.kind == l->kind &&
			again.at == l->at && again.owner == l->owner;
	}
	for (size_t i = 0; i < c->n; i++)
		c->task[i].lock.steady = c->task[i].lock.steady && has_rested(r, &c->task[i]);
}

/* ---- telling ---- */

/*
 * How long it has slept. Whoever was stopped to be told of sleeps anew since: of those only what began before thrtrace
 * came is known.
 */
static uint64_t asleep(struct run *r, const struct task *who)
{
	uint64_t ns;

	if (!who || r->k->asleep(r->k->ctx, who->id.tid, &ns))
		return 0;
	bool stopped = r->attach && r->asked.mode != MODE_LIGHT;
	return stopped && ns < run_now(r) ? 0 : ns;
}

static void tell(struct look *l, struct odd_blocked *b)
{
	if (!b->link[0].who)
		return;
	for (size_t i = 0; i < BLOCKED_LINKS && b->how != BLOCKED_AT_EXIT; i++) /* where it is told */
		b->link[i].asleep_ns = asleep(l->r, b->link[i].who);
	struct event ev = {
		.kind = EV_ODDITY, .task = b->link[0].who, .u.oddity = { .kind = ODD_BLOCKED, .blocked = *b }
	};

	l->told++;
	run_tell(l->r, &ev, true);
}

static void on_circle(void *ctx, const struct census_task *const *task, size_t n)
{
	struct look *l = ctx;
	struct odd_blocked b = { .how = BLOCKED_CIRCLE, .n = n };

	for (size_t i = 0; i < n && i < BLOCKED_LINKS; i++) {
		const struct census_lock *lock = &task[i]->lock;
		b.link[i] = (struct blocked_link){
			.who = model_by_tid(l->r->tell.model, task[i]->tid),
			.what = lock->kind == WAIT_JOIN    ? "end" :
				lock->kind == WAIT_WRITTEN ? "rwlock" :
							     "mutex",
			.at = lock->kind == WAIT_JOIN ? 0 : lock->at,
		};
		if (!b.link[i].who)
			return;
	}
	tell(l, &b);
}

/* ---- a lock whose owner is gone ---- */

static uint32_t word_at(const struct lock_words *w, unsigned off)
{
	uint32_t v = 0;

	if (off + sizeof(v) <= w->above)
		memcpy(&v, w->bytes + LOCK_BELOW + off, sizeof(v));
	return v;
}

/* glibc's pthread_mutex_t (sysdeps/nptl/struct_mutex.h), taken by somebody who is none of the process's threads. */
static pid_t owner_gone(const struct census *c, const struct lock_words *w)
{
	uint32_t owner = word_at(w, 8), users = word_at(w, 12), kind = word_at(w, 16);
	enum { PID_MOST = 1 << 22, KINDS = 0x1ff };

	if (word_at(w, 0) != 2 || w->above < 20 || !owner || owner >= PID_MOST || users < 1 || users > 2 * c->n + 16 ||
		(kind & ~(uint32_t)KINDS))
		return 0;
	return census_by_inside(c, (pid_t)owner) ? 0 : (pid_t)owner;
}

static void look_for_owners(struct look *l)
{
	struct lock_words words;
	struct census_lock lock;

	for (size_t i = 0; l->c.libc == LIBC_GLIBC && i < l->c.n; i++) {
		const struct census_task *t = &l->c.task[i];
		if (t->lock.kind != WAIT_BLIND || t->lock.timed || !read_lock(l->r, &l->c, t, &words, &lock))
			continue;
		pid_t owner = owner_gone(&l->c, &words);
		if (!owner || lock.kind != WAIT_BLIND || !has_rested(l->r, t))
			continue;
		const struct task *who = model_by_tid(l->r->tell.model, t->tid);
		const struct task *ended = model_last_by_tid(l->r->tell.model, owner);
		struct odd_blocked b = { .how = BLOCKED_OWNER_GONE,
			.link[0] = { .who = who, .what = "mutex", .at = lock.at },
			.n = 1,
			.owner = owner,
			.ended = ended && who && ended->life == TASK_DEAD && ended->tgid == who->tgid ? ended : NULL };
		tell(l, &b);
	}
}

/* ---- a signal that is never taken ---- */

/*
 * By these the C library has each thread do its part of a call such as setuid; who called waits for all of them. 33 is
 * glibc's SIGSETXID, 34 musl's SIGSYNCCALL.
 */
static int call_signal(enum libc_kind libc)
{
	return libc == LIBC_GLIBC ? 33 : libc == LIBC_MUSL ? 34 : 0;
}

/* Who waits for the others keeps their number in a variable of his own: the one thread that sleeps on such a word. */
static const struct task *caller_of_all(const struct look *l)
{
	const struct task *found = NULL;
	taddr at;

	for (size_t i = 0; i < l->c.n; i++) {
		const struct task *t = model_by_tid(l->r->tell.model, l->c.task[i].tid);
		if (!t || !census_waits_on(&l->c, &l->c.task[i], &at) || at < t->stack.low || at >= t->stack.high)
			continue;
		if (found)
			return NULL;
		found = t;
	}
	return found;
}

static void look_for_signals(struct look *l)
{
	int sig = call_signal(l->c.libc);
	char text[PROC_TEXT];
	uint64_t pending, blocked;

	for (size_t i = 0; sig && i < l->c.n; i++) {
		pid_t tid = l->c.task[i].tid;
		if (!facts_text(l->r, tid, "status", text, sizeof(text)) ||
			!proc_field_u64(&pending, text, "SigPnd:", 16) ||
			!proc_field_u64(&blocked, text, "SigBlk:", 16))
			continue;
		struct odd_blocked b = { .how = BLOCKED_SIGNAL,
			.link = { { .who = model_by_tid(l->r->tell.model, tid) }, { .who = caller_of_all(l) } },
			.n = 1,
			.sig = sig };
		if (pending & blocked & UINT64_C(1) << (sig - 1))
			tell(l, &b);
	}
}

/* ---- locks of those whom an exit_group ends ---- */

/* At that moment all that is asked is time that the program waits. */
#define AT_EXIT_MAX 64

/* One for each lock, told of its owner. */
static void look_at_exit(struct look *l)
{
	for (size_t i = 0; i < l->c.n; i++) {
		const struct census_lock *lock = &l->c.task[i].lock;
		const struct census_task *owner = lock->steady ? census_by_inside(&l->c, lock->owner) : NULL;
		bool again = !owner || owner == &l->c.task[i] || lock->kind == WAIT_JOIN;
		for (size_t j = 0; j < i && !again; j++)
			again = l->c.task[j].lock.steady && l->c.task[j].lock.at == lock->at;
		if (again)
			continue;
		struct odd_blocked b = { .how = BLOCKED_AT_EXIT,
			.link = { { .who = model_by_tid(l->r->tell.model, owner->tid),
					  .what = lock->kind == WAIT_WRITTEN ? "rwlock" : "mutex",
					  .at = lock->at },
				{ .who = model_by_tid(l->r->tell.model, l->c.task[i].tid) } },
			.n = 1 };
		tell(l, &b);
	}
}

void blocked_at_exit(struct run *r, const struct tracee *t, const struct task *task)
{
	struct look l = { .r = r, .c.pid = t->tgid };

	if (!r->asks_harm || !task->group || task->group->live < 2 || task->group->live > AT_EXIT_MAX)
		return;
	int err = read_tasks(r, t->tgid, &l.c);
	if (!err) {
		read_locks(r, &l.c);
		err = census_deadlocks(&l.c, on_circle, &l);
		look_for_owners(&l);
		look_at_exit(&l);
	}
	if (err == -ENOMEM)
		run_fail(r, err);
	free(l.c.task);
}

bool blocked_look(struct run *r, pid_t tgid)
{
	struct look l = { .r = r, .c.pid = tgid };
	int err = r->asks_waits ? read_tasks(r, tgid, &l.c) : -ENODATA;

	if (!err && l.c.n) {
		read_locks(r, &l.c);
		err = census_deadlocks(&l.c, on_circle, &l);
		look_for_owners(&l);
		look_for_signals(&l);
	}
	if (err == -ENOMEM)
		run_fail(r, err);
	free(l.c.task);
	return l.told != 0;
}

void blocked_look_all(struct run *r)
{
	bool told = r->attach->blocked_told;

	for (size_t i = 0; !told && i < r->attach->n_processes; i++)
		r->attach->blocked_told |= blocked_look(r, r->attach->process[i].tgid);
}

void blocked_before_leaving(struct run *r)
{
	if (!r->asks_leaving)
		return;
	if (r->attach)
		blocked_look_all(r);
	else
		(void)blocked_look(r, r->main.tid);
}

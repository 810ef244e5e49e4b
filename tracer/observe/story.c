/* SPDX-License-Identifier: MIT */
#include "observe/story_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "follow/facts.h"
#include "kernel/program.h"

/* What belongs to a record is written within microseconds after it; a machine may be busy. */
#define LAG_NS 5000000U

/* The exit status of a process follows its last task's end within moments. */
#define STATUS_NS 200000000U

/* So long a new thread may wait for its CPU before it is told of without what it is going to run. */
#define FIRST_NS 50000000U

void story_release(struct story *s)
{
	struct watched *w, *next;
	struct perf_record r;

	HASH_ITER (hh, s->by_tid, w, next)
		watched_free(s, w);
	while (s->first)
		first_forget(s, s->first->tid, UINT64_MAX);
	for (size_t i = 0; i < s->n_raw; i++)
		free(s->raw[i].bytes);
	free(s->raw);
	while (order_take(&s->order, UINT64_MAX, &r))
		if (r.kind == PERF_SAMPLE)
			seen_call_free(r.u.call);
	order_release(&s->order);
}

static int begin_program(struct story *s, const struct perf_record *r, const struct program_facts *program)
{
	struct run *run = s->r;

	run->main.tid = r->u.comm.tid;
	int err = run_begin_program(run, program, true);
	const struct task *t = err ? NULL : model_task_new(run->tell.model, r->u.comm.tid, r->u.comm.tgid, NULL);
	struct watched *w = t ? watched_new(s, t, true) : NULL;
	if (!w)
		return err ? err : -ENOMEM;
	w->in_ns = r->t_ns;
	w->turns = 1;
	struct event ev = {
		.kind = EV_BIRTH,
		.task = t,
		.t_ns = story_time(s, r),
		.u.birth = { .kind = BIRTH_PROGRAM, .followed = true, .comm = r->u.comm.name },
	};
	run_tell(run, &ev, true);
	return 0;
}

/* The only other thread of the process that lives: who has called execve, when the first one is gone. */
static struct watched *survivor(const struct story *s, pid_t tgid)
{
	for (struct watched *w = s->by_tid; w; w = w->hh.next)
		if (w->tgid == tgid && w->tid != tgid)
			return w;
	return NULL;
}

/* execve by another thread than the first: it takes over the number of the first one, whose record ends by it. */
static struct watched *take_over(struct story *s, pid_t tgid, pid_t *ret_former)
{
	struct watched *first = watched_find(s, tgid), *by = survivor(s, tgid);

	if (!first || !first->exited || !by)
		return first;
	*ret_former = by->tid;
	story_end(s, first, (struct ev_end){ .how = END_EXEC, .by = watched_task(s, by) });
	HASH_DEL(s->by_tid, by);
	by->tid = tgid;
	HASH_ADD_INT(s->by_tid, tid, by);
	return by;
}

static int on_exec(struct story *s, const struct perf_record *r)
{
	struct program_facts program = { .path = "" };
	pid_t former = r->u.comm.tid;
	bool first = !s->r->begun;

	s->r->k->identify(s->r->k->ctx, r->u.comm.tid, &program);
	if (first && !program.path[0] && s->about) /* it is gone already */
		program = *s->about;
	int err = first ? begin_program(s, r, &program) : 0;
	struct watched *w = err ? NULL : take_over(s, r->u.comm.tgid, &former);
	const struct task *t = watched_task(s, w);
	if (!t || !t->followed)
		return err;
	w->blank = true;
	w->reserved = w->opened = (struct made_map){ 0, 0 };
	const char *path = first ? s->path : program.path[0] ? program.path : NULL;
	struct event ev = {
		.kind = EV_EXEC,
		.task = t,
		.t_ns = story_time(s, r),
		.u.exec = { .path = path,
			.comm = r->u.comm.name,
			.former_tid = former,
			.libc = program.libc[0] ? program.libc : NULL,
			.libc_kind = program.kind },
	};
	run_tell(s->r, &ev, !first);
	return 0;
}

static int on_comm(struct story *s, const struct perf_record *r)
{
	if (r->u.comm.exec)
		return on_exec(s, r);
	const struct task *t = watched_task(s, watched_find(s, r->u.comm.tid));
	if (!t || !t->followed || strcmp(t->comm, r->u.comm.name) == 0)
		return 0;
	struct event ev = {
		.kind = EV_NAMED,
		.task = t,
		.t_ns = story_time(s, r),
		.u.named = { .comm = r->u.comm.name, .by = watched_task(s, watched_find(s, r->by_tid)) },
	};
	run_tell(s->r, &ev, true);
	return 0;
}

static int tell_one(struct story *s, const struct perf_record *r)
{
	if (r->kind == PERF_SWITCH)
		s->wide = r->u.change.wide;
	if (!s->r->begun && !(r->kind == PERF_COMM && r->u.comm.exec)) {
		if (r->kind == PERF_SAMPLE)
			seen_call_free(r->u.call);
		return 0;
	}
	switch (r->kind) {
	case PERF_FORK:
		return story_fork(s, r);
	case PERF_EXIT:
		story_exit(s, r);
		return 0;
	case PERF_COMM:
		return on_comm(s, r);
	case PERF_MAP:
		story_map(s, r);
		return 0;
	case PERF_SWITCH:
		watched_switch(s, r);
		return 0;
	case PERF_SAMPLE:
		story_call(s, r);
		return 0;
	case PERF_LOST:
	case PERF_OTHER:
		break;
	}
	return 0;
}

/* The program's last end, which its exit status follows: the kernel makes it known right after. */
static bool awaits_status(const struct story *s, const struct perf_record *r)
{
	const struct main_task *main = &s->r->main;

	if (r->kind != PERF_EXIT || !main->tid || r->u.task.tgid != main->tid || main->ended)
		return false;
	const struct watched *w = watched_find(s, r->u.task.tid);
	return w && !w->blank && story_is_last(s, w) && s->whole_ns < r->t_ns + STATUS_NS;
}

/* What a new thread is going to run is told by its first instant in user mode, for which it waits for a CPU first. */
static bool awaits_first(const struct story *s, const struct perf_record *r)
{
	if (!s->seen || r->kind != PERF_FORK || r->u.task.tgid != r->u.task.parent_tgid)
		return false;
	const struct first_instant *f = first_find(s, r->u.task.tid, r->t_ns);
	if (f && f->call && (f->call->at->n || f->later))
		return false;
	const struct watched *creator = watched_find(s, r->u.task.parent_tid);
	return creator && creator->call && s->whole_ns < r->t_ns + FIRST_NS;
}

bool story_tell(struct story *s, size_t n, bool all)
{
	const struct perf_record *next;
	struct perf_record r;
	uint64_t until = all ? UINT64_MAX : s->whole_ns - LAG_NS;

	while (!s->r->error && (next = order_peek(&s->order, until)) &&
		(all || (!awaits_status(s, next) && !awaits_first(s, next)))) {
		if (n-- == 0)
			return true;
		(void)order_take(&s->order, until, &r);
		run_fail(s->r, tell_one(s, &r));
	}
	return false;
}

bool story_lives(const struct story *s)
{
	const struct watched *main = watched_find(s, s->r->main.tid);

	return s->n_followed > (main && main->dark ? 1 : 0);
}

/* The kernel knows no such task any more; a first thread may wait, as a zombie, for others or for its parent. */
static bool is_gone(const struct story *s, const struct watched *w)
{
	const struct task *t = watched_task(s, w);
	struct run *r = s->r;

	if (r->k->in_group(r->k->ctx, w->tgid, w->tid) != 1)
		return true;
	return w->tid == w->tgid && t && t->group && t->group->live == 1 && facts_zombie(r, w->tid);
}

void story_drop_gone(struct story *s)
{
	struct watched *w, *next;

	HASH_ITER (hh, s->by_tid, w, next) {
		if (w->dark || !is_gone(s, w))
			continue;
		w->exit_ns = s->r->k->now_ns(s->r->k->ctx);
		story_end(s, w, (struct ev_end){ .how = END_UNSEEN });
	}
}

int story_add_present(struct story *s, const struct tracee *t)
{
	const struct run *r = s->r;
	const struct task *task = model_by_serial(r->tell.model, t->serial);
	struct watched *w = task ? watched_new(s, task, true) : NULL;
	struct task_usage u;

	if (!w)
		return -ENOMEM;
	w->before = w->exited = t->state == TR_ZOMBIE;
	w->unaccounted = r->k->usage(r->k->ctx, t->tid, USAGE_AT_START, &u) != 0;
	w->since_ns = w->exit_ns = r->k->now_ns(r->k->ctx);
	w->unplaced = true;
	if (w->unaccounted)
		return 0;
	w->ran_ns = u.cpu_ns;
	w->wait_ns = u.wait_ns;
	w->turns = u.turns;
	w->voluntary = u.voluntary;
	w->involuntary = u.involuntary;
	return 0;
}

void story_leave(struct story *s)
{
	struct watched *w, *next, *main = watched_find(s, s->r->main.tid);

	if (main && main->dark && s->r->main.ended) {
		main->exit_ns = s->r->k->now_ns(s->r->k->ctx);
		story_end(s, main, story_process_end(s, main->tgid));
	}

	HASH_ITER (hh, s->by_tid, w, next) {
		struct event ev = {
			.kind = EV_END,
			.task = watched_task(s, w),
			.u.end = { .how = END_DETACHED },
		};
		facts_last_name(s->r, w->tid, &ev.u.end);
		if (!w->dark)
			facts_account_so_far(s->r, w->tid, &ev.u.end);
		ev.t_ns = run_now(s->r); /* the account is not younger */
		if (ev.task)
			run_tell(s->r, &ev, ev.task->followed);
		watched_free(s, w);
	}
}

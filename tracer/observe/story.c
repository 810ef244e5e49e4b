/* SPDX-License-Identifier: MIT */
#include "observe/story.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "follow/attached.h"
#include "follow/facts.h"
#include "kernel/program.h"

/* What belongs to a record is written within microseconds after it; a machine may be busy. */
#define LAG_NS 5000000U

/* The exit status of a process follows its last task's end within moments. */
#define STATUS_NS 200000000U

/* A mapping that a task has made since it last made a thread. */
struct made_map {
	taddr low, high;
};

/* A task that is alive, or whose end is not told yet. */
struct watched {
	pid_t tid, tgid;
	uint32_t serial;
	bool exited; /* a first thread that has ended while others of its process live */
	uint64_t exit_ns;
	bool blank; /* it has called execve, and nothing was mapped since */
	bool dark;  /* nothing more is told of it, though it lives */
	bool followed;
	bool before; /* it had ended when thrtrace came */
	/* Its turns on a CPU, from its switches, and before since_ns by the kernel's account. */
	uint64_t since_ns;
	bool unaccounted; /* that could not be read */
	bool unplaced;    /* whether it was on a CPU then is told by its first switch */
	uint64_t in_ns;   /* since when it has been on one; 0: it is not */
	uint64_t out_ns, ran_ns, wait_ns, turns, voluntary, involuntary;
	bool waits; /* it left the CPU while it could run on, or has never been on one */
	struct made_map reserved, opened;
	UT_hash_handle hh;
};

static struct watched *watched_find(const struct story *s, pid_t tid)
{
	struct watched *w;

	HASH_FIND_INT(s->by_tid, &tid, w);
	return w;
}

static struct watched *watched_new(struct story *s, const struct task *t, bool followed)
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

static void watched_free(struct story *s, struct watched *w)
{
	HASH_DEL(s->by_tid, w);
	s->n_followed -= w->followed;
	free(w);
}

void story_release(struct story *s)
{
	struct watched *w, *next;

	HASH_ITER (hh, s->by_tid, w, next)
		watched_free(s, w);
	order_release(&s->order);
}

static const struct task *task_of(const struct story *s, const struct watched *w)
{
	return w ? model_by_serial(s->r->tell.model, w->serial) : NULL;
}

static uint64_t time_of(const struct story *s, const struct perf_record *r)
{
	return telling_time(&s->r->tell, r->t_ns);
}

/* ---- births ---- */

/*
 * pthread_create maps a stack without access and opens all of it but its guard; the thread follows at once. Records
 * tell no stack pointer: that it runs there is likely, and said so. Their ranges are those of whole mappings: an opened
 * one may go on in what lies above it, a closed one in the guard of the stack above. What both have is the stack.
 */
static void found_stack(struct watched *creator, struct stack_area *ret)
{
	struct made_map *reserved = &creator->reserved, *opened = &creator->opened;

	*ret = (struct stack_area){
		.kind = STACK_UNKNOWN,
		.unknown = "no mapping was made for it just before: it runs on one that was there, or on memory of the "
			   "program",
	};
	if (opened->high && opened->low >= reserved->low && opened->low < reserved->high)
		*ret = (struct stack_area){
			.kind = STACK_OWN_MAPPING,
			.low = opened->low,
			.high = opened->high < reserved->high ? opened->high : reserved->high,
			.guard = opened->low > reserved->low ? GUARD_PROT_NONE : GUARD_NONE,
			.guard_low = reserved->low,
			.guard_bytes = opened->low - reserved->low,
			.source = "the mapping that its creator opened just before",
		};
	*reserved = *opened = (struct made_map){ 0, 0 };
}

/* Threads always are, but of -p --only-thread. */
static bool follows_births(const struct story *s)
{
	return !(s->r->attach && s->r->attach->only_thread);
}

static int on_fork(struct story *s, const struct perf_record *r)
{
	struct watched *creator = watched_find(s, r->u.task.parent_tid);
	const struct task *by = task_of(s, creator);
	bool thread = r->u.task.tgid == r->u.task.parent_tgid;
	struct stack_area stack;

	if (!by || !by->followed || watched_find(s, r->u.task.tid))
		return 0; /* of a process that is not followed; or told twice */
	const struct task *t = model_task_new(s->r->tell.model, r->u.task.tid, r->u.task.tgid, by);
	bool followed = thread ? follows_births(s) : s->r->asked.follow_forks;
	struct watched *w = t ? watched_new(s, t, followed) : NULL;
	if (!w)
		return -ENOMEM;
	w->waits = true;
	w->out_ns = r->t_ns;
	struct event ev = {
		.kind = EV_BIRTH,
		.task = t,
		.t_ns = time_of(s, r),
		.u.birth = { .kind = BIRTH_OBSERVED, .creator = by, .followed = followed },
	};
	if (thread) {
		found_stack(creator, &stack);
		ev.u.birth.stack = &stack;
	}
	run_tell(s->r, &ev, true);
	return 0;
}

static void on_map(struct story *s, const struct perf_record *r)
{
	struct watched *w = watched_find(s, r->by_tid);
	struct made_map m = { r->u.map.low, r->u.map.high };

	if (w)
		w->blank = false;
	if (!w || !r->u.map.anonymous)
		return;
	if (r->u.map.prot == PROT_NONE) {
		w->reserved = m;
		w->opened = (struct made_map){ 0, 0 };
	} else {
		w->opened = m;
	}
}

/* ---- names and execve ---- */

static int begin_program(struct story *s, const struct perf_record *r, const struct program_facts *program)
{
	struct run *run = s->r;

	run->main.tid = r->u.comm.tid;
	int err = run_begin_program(run, program);
	const struct task *t = err ? NULL : model_task_new(run->tell.model, r->u.comm.tid, r->u.comm.tgid, NULL);
	struct watched *w = t ? watched_new(s, t, true) : NULL;
	if (!w)
		return err ? err : -ENOMEM;
	w->in_ns = r->t_ns;
	w->turns = 1;
	struct event ev = {
		.kind = EV_BIRTH,
		.task = t,
		.t_ns = time_of(s, r),
		.u.birth = { .kind = BIRTH_PROGRAM, .followed = true, .comm = r->u.comm.name },
	};
	run_tell(run, &ev, true);
	return 0;
}

static void tell_end(struct story *s, struct watched *w, struct ev_end end);

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
	tell_end(s, first, (struct ev_end){ .how = END_EXEC, .by = task_of(s, by) });
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
	if (first && !program.path[0]) /* it is gone already */
		program_identify_file(s->path, &program);
	int err = first ? begin_program(s, r, &program) : 0;
	struct watched *w = err ? NULL : take_over(s, r->u.comm.tgid, &former);
	const struct task *t = task_of(s, w);
	if (!t || !t->followed)
		return err;
	w->blank = true;
	w->reserved = w->opened = (struct made_map){ 0, 0 };
	const char *path = first ? s->path : program.path[0] ? program.path : NULL;
	struct event ev = {
		.kind = EV_EXEC,
		.task = t,
		.t_ns = time_of(s, r),
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
	const struct task *t = task_of(s, watched_find(s, r->u.comm.tid));
	if (!t || !t->followed || strcmp(t->comm, r->u.comm.name) == 0)
		return 0;
	struct event ev = {
		.kind = EV_NAMED,
		.task = t,
		.t_ns = time_of(s, r),
		.u.named = { .comm = r->u.comm.name, .by = task_of(s, watched_find(s, r->by_tid)) },
	};
	run_tell(s->r, &ev, true);
	return 0;
}

/* ---- turns ---- */

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

static void on_switch(struct story *s, const struct perf_record *r)
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

/* ---- ends ---- */

static void tell_end(struct story *s, struct watched *w, struct ev_end end)
{
	end.t_exit_ns = telling_time(&s->r->tell, w->exit_ns);
	end.observed = true;
	end.before = w->before;
	end.cpu_known = !w->dark && !w->unaccounted && !w->before;
	end.cpu_ns = w->ran_ns;
	end.wait_ns = w->wait_ns;
	end.wait_least = true;
	end.turns = w->turns;
	end.split_known = true;
	end.voluntary = w->voluntary;
	end.involuntary = w->involuntary;
	struct event ev = { .kind = EV_END, .task = task_of(s, w), .t_ns = end.t_exit_ns, .u.end = end };
	if (ev.task)
		run_tell(s->r, &ev, ev.task->followed);
	watched_free(s, w);
}

/* How the whole process ended, where thrtrace is its parent; of others nothing tells it. */
static struct ev_end end_of_process(const struct story *s, pid_t tgid)
{
	struct ev_end end = { .how = END_OBSERVED };
	const struct main_task *main = &s->r->main;

	if (tgid != main->tid)
		return end;
	if (!main->ended)
		return end;
	if (WIFSIGNALED(main->wstatus)) {
		end.how = END_SIGNAL;
		end.sig = WTERMSIG(main->wstatus);
		end.core = WCOREDUMP(main->wstatus);
	} else {
		end.status = WEXITSTATUS(main->wstatus);
		end.status_known = true;
	}
	return end;
}

/*
 * The first thread is gone, and others of its process are not yet: its end comes with the last one's, or by an execve.
 * No view is told: it may be that all of them end by one call, and no record says so.
 */
static void keep_first(struct story *s, struct watched *w, const struct task *t)
{
	struct event ev = { .kind = EV_LEADER_EXIT, .task = t, .t_ns = telling_time(&s->r->tell, w->exit_ns) };

	w->exited = true;
	run_tell(s->r, &ev, false);
}

/* No other task of its process is alive. */
static bool is_last(const struct story *s, const struct watched *w)
{
	const struct task *t = task_of(s, w);
	const struct watched *first = watched_find(s, w->tgid);

	return t && t->group && t->group->live == 1u + (first && first != w && first->exited);
}

/*
 * perf_event_open(2) does not watch a program that is set-user-ID or that its caller may not read: an execve of one
 * takes the events away and writes the record of an end, with nothing between the two. Any other program is mapped
 * first.
 */
static void go_dark(struct story *s, struct watched *w, const struct task *t)
{
	struct event ev = {
		.kind = EV_ODDITY,
		.task = t,
		.t_ns = telling_time(&s->r->tell, w->exit_ns),
		.u.oddity = { .kind = ODD_DARK },
	};

	w->dark = true;
	run_tell(s->r, &ev, t->followed);
	if (w->tid != s->r->main.tid) /* whose end is thrtrace's own to see */
		tell_end(s, w, (struct ev_end){ .how = END_UNSEEN });
}

static void on_exit_record(struct story *s, const struct perf_record *r)
{
	struct watched *w = watched_find(s, r->u.task.tid);
	const struct task *t = task_of(s, w);

	if (!t || w->exited)
		return;
	w->before = r->t_ns < w->since_ns; /* its record came while it was told of */
	w->exit_ns = w->before ? w->since_ns : r->t_ns;
	if (w->blank) {
		go_dark(s, w, t);
		return;
	}
	if (w->in_ns) {
		w->ran_ns += w->exit_ns > w->in_ns ? w->exit_ns - w->in_ns : 0;
		w->in_ns = 0;
	}
	struct watched *first = watched_find(s, w->tgid);
	bool last = is_last(s, w);
	if (w == first && !last) {
		keep_first(s, w, t);
		return;
	}
	struct ev_end process = end_of_process(s, w->tgid);
	tell_end(s, w, w == first ? process : (struct ev_end){ .how = END_OBSERVED });
	if (last && first && first != w)
		tell_end(s, first, process);
}

/* ---- the way of a record ---- */

static int tell_one(struct story *s, const struct perf_record *r)
{
	if (!s->r->begun && r->kind != PERF_LOST && !(r->kind == PERF_COMM && r->u.comm.exec))
		return 0;
	switch (r->kind) {
	case PERF_FORK:
		return on_fork(s, r);
	case PERF_EXIT:
		on_exit_record(s, r);
		return 0;
	case PERF_COMM:
		return on_comm(s, r);
	case PERF_MAP:
		on_map(s, r);
		return 0;
	case PERF_SWITCH:
		on_switch(s, r);
		return 0;
	case PERF_LOST:
		s->lost += r->u.lost.count;
		return 0;
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
	return w && !w->blank && is_last(s, w) && s->whole_ns < r->t_ns + STATUS_NS;
}

bool story_tell(struct story *s, size_t n, bool all)
{
	const struct perf_record *next;
	struct perf_record r;
	uint64_t until = all ? UINT64_MAX : s->whole_ns - LAG_NS;

	while (!s->r->error && (next = order_peek(&s->order, until)) && (all || !awaits_status(s, next))) {
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
	const struct task *t = task_of(s, w);
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
		tell_end(s, w, (struct ev_end){ .how = END_UNSEEN });
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
		tell_end(s, main, end_of_process(s, main->tgid));
	}

	HASH_ITER (hh, s->by_tid, w, next) {
		struct event ev = {
			.kind = EV_END,
			.task = task_of(s, w),
			.t_ns = run_now(s->r),
			.u.end = { .how = END_DETACHED },
		};
		facts_last_name(s->r, w->tid, &ev.u.end);
		if (ev.task)
			run_tell(s->r, &ev, ev.task->followed);
		watched_free(s, w);
	}
}

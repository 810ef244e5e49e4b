/* SPDX-License-Identifier: MIT */
/* execve, which ends all threads but one, and the other ways to end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "follow/birth.h"
#include "follow/calls.h"
#include "creators/creators.h"
#include "follow/facts.h"
#include "kernel/program.h"
#include "follow/handlers_impl.h"

/* ---- execve ---- */

/* Ends that thrtrace learns of without a report: the tid changes hands at execve. */
static void superseded(struct run *r, struct tracee *t, struct task *by, uint64_t t_ns)
{
	if (t->unsettled)
		call_settle(r, t, false);
	struct task *task = run_task(r, t);

	if (task) {
		call_abandoned(r, t, t_ns);
		struct event ev = { .kind = EV_END, .task = task, .t_ns = t_ns, .u.end = t->end };
		ev.u.end.how = END_EXEC;
		ev.u.end.by = by;
		run_tell(r, &ev, true);
	}
	tracee_free(&r->tracees, t);
}

/* *former becomes t's own tid where nothing was told of a task with the former one: it was seized as it is now. */
static struct tracee *exec_rename(struct run *r, struct tracee *t, pid_t *former, uint64_t t_ns)
{
	struct tracee *caller = tracee_find(&r->tracees, -*former); /* the tid has a new owner already */

	if (*former == t->tid)
		return t;
	if (!caller)
		caller = tracee_find(&r->tracees, *former);
	if (!caller || caller->tgid != t->tgid) {
		if (r->attach)
			*former = t->tid;
		return t;
	}
	pid_t leader = t->tid;
	superseded(r, t, run_task(r, caller), t_ns);
	tracee_rename(&r->tracees, caller, leader);
	tracee_set_state(&r->tracees, caller, TR_RUNNING);
	return caller;
}

struct resume handle_exec(struct run *r, struct tracee *t, const struct stop *st)
{
	uint64_t msg;
	char comm[COMM_LEN];
	struct program_facts program;
	pid_t former = t->tid;

	if (handle_event_message(r, t, st, &msg) == 0)
		former = (pid_t)msg;
	tell_late_ends(r, UINT64_MAX); /* they belong to the program that is gone */
	t = exec_rename(r, t, &former, st->t_ns);
	bool first = t->state == TR_LAUNCHING;
	t->tgid = t->tid;
	if (first) {
		tracee_set_state(&r->tracees, t, TR_RUNNING);
		r->k->identify(r->k->ctx, t->tid, &program);
		run_fail(r, run_begin_program(r, &program));
		birth_program(r, t, st->t_ns);
	} else if (!t->silent) {
		r->k->identify(r->k->ctx, t->tid, &program);
	}
	struct task *task = run_task(r, t);
	if (!task)
		return handle_go(r, t);
	facts_comm(r, t->tid, comm);
	const char *path = t->in_call && (t->call.id == CALL_execve || t->call.id == CALL_execveat) ?
		t->call.u.exec.path :
		program.path;
	struct event ev = {
		.kind = EV_EXEC,
		.task = task,
		.t_ns = st->t_ns,
		.u.exec = { .path = path,
			.comm = comm,
			.former_tid = former,
			.libc = program.libc[0] ? program.libc : NULL,
			.libc_kind = program.kind },
	};
	facts_exec(r, t, &program, &ev.u.exec);
	if (r->creators)
		creators_exec(r->creators, t->tgid);
	if (r->ends.ender_tgid == t->tgid) /* the others are gone: what was known of their end is used up */
		r->ends.ender_tgid = 0;
	tracee_leave_call(&r->tracees, t);
	t->watch = 0;
	t->look_for = 0;
	run_tell(r, &ev, !first);
	return handle_go(r, t);
}

/* ---- the end ---- */

static bool execs(const struct tracee *o)
{
	return o->in_call && (o->call.id == CALL_execve || o->call.id == CALL_execveat);
}

/* No call stops in MODE_LIGHT; a thread that waits in execve for the others' ends is seen there all the same. */
static bool execs_by_proc(struct run *r, const struct tracee *o)
{
	char text[64];
	ssize_t n = o->state == TR_RUNNING ? r->k->read_proc(r->k->ctx, o->tid, "syscall", text, sizeof(text) - 1) :
					     -ESRCH;

	if (n <= 0 || text[0] < '0' || text[0] > '9')
		return false;
	text[n] = '\0';
	enum call_id id = call_by_nr(abi_native(), strtoull(text, NULL, 10));
	return id == CALL_execve || id == CALL_execveat;
}

/* Every thread of a process asks the same within moments, and there may be thousands: one search serves them all. */
#define EXEC_SEEN_NS 50000000U

/* Serial of the other task of t's process that is in execve; 0 none. */
static uint32_t who_execs(struct run *r, const struct tracee *t, uint64_t t_ns)
{
	bool light = r->asked.mode == MODE_LIGHT;
	const struct tracee *o, *next;

	if (!light && r->tracees.n_execs == 0)
		return 0;
	if (light && r->ends.exec_seen.tgid == t->tgid && t_ns - r->ends.exec_seen.t_ns < EXEC_SEEN_NS)
		return r->ends.exec_seen.serial == t->serial ? 0 : r->ends.exec_seen.serial;
	/* Thousands may be torn down by one execve: as a rule it is the one that began last. */
	o = light ? NULL : tracee_find(&r->tracees, r->tracees.exec_tid);
	if (o && o != t && o->tgid == t->tgid && execs(o))
		return o->serial;
	uint32_t found = 0;
	HASH_ITER (hh, r->tracees.by_tid, o, next) {
		if (o == t || o->tgid != t->tgid || !(light ? execs_by_proc(r, o) : execs(o)))
			continue;
		found = o->serial;
		break;
	}
	if (light) {
		r->ends.exec_seen.tgid = t->tgid;
		r->ends.exec_seen.serial = found;
		r->ends.exec_seen.t_ns = t_ns;
	}
	return found;
}

/*
 * Why: the wait status in the event's message, and the call that the task is in. Another thread's exit_group and
 * another thread's execve both end it by an internal SIGKILL; execve leaves status 0.
 */
static void read_how(struct run *r, struct tracee *t, struct ev_end *e, const struct stop *st)
{
	struct regs regs = { 0 };
	const struct abi *abi = NULL;
	uint64_t msg;

	if (handle_event_message(r, t, st, &msg)) { /* it has gone on already: its last word must do */
		e->exit_stop_seen = false;
		return;
	}
	int wstatus = (int)msg;
	enum call_id in = facts_call(r, t->tid, &regs, &abi) == 0 ? call_by_nr(abi, regs.nr) : CALL_OTHER;
	e->status = (wstatus >> 8) & 0xff;
	e->sig = wstatus & 0x7f;
	e->core = wstatus & 0x80;
	if (e->sig)
		e->how = END_SIGNAL;
	else if (in == CALL_exit)
		e->how = END_EXIT;
	else if (in == CALL_exit_group)
		e->how = END_EXIT_GROUP;
	else if (wstatus == 0 && (t->ender = who_execs(r, t, st->t_ns)))
		e->how = END_EXEC;
	else
		e->how = END_EXIT_GROUP;
	e->by_other = e->how == END_EXIT_GROUP && in != CALL_exit_group;
}

/* A file or two of /proc a task: more than all that light mode does else, and a tenth of what a short life costs. */
static void read_usage(struct run *r, const struct tracee *t, const struct task *task, struct ev_end *e)
{
	struct task_usage u;

	if (r->asked.mode == MODE_LIGHT)
		return;
	/* Of another than BIRTH_CALL only the time since it was found is known. */
	e->cpu_spared = task && task->birth == BIRTH_CALL && e->t_exit_ns - task->t_born_ns < EV_END_SHORT_NS;
	if (e->cpu_spared || r->k->usage(r->k->ctx, t->tid, t->tid == t->tgid ? 0 : EV_END_SPLIT, &u))
		return;
	e->cpu_known = true;
	e->cpu_ns = u.cpu_ns;
	e->wait_ns = u.wait_ns;
	e->turns = u.turns;
	e->split_known = u.split;
	e->voluntary = u.voluntary;
	e->involuntary = u.involuntary;
}

/* What its exit stop shows, task or not. */
void handle_read_exit(struct run *r, struct tracee *t, const struct task *task, const struct stop *st)
{
	struct ev_end *e = &t->end;

	*e = (struct ev_end){ .exit_stop_seen = true, .t_exit_ns = st->t_ns };
	read_how(r, t, e, st);
	facts_robust(r, t->tid, e);
	e->rseq_known = r->k->rseq(r->k->ctx, t->tid, &e->rseq) == 0;
	if (t->touched_now.known)
		e->touched = t->touched_now;
	else if (task)
		facts_touched(r, t, task, &e->touched);
	read_usage(r, t, task, e);
}

struct resume handle_exit_stop(struct run *r, struct tracee *t, const struct stop *st)
{
	struct task *task = run_task(r, t);

	tracee_set_state(&r->tracees, t, TR_EXITING);
	if (!task)
		return handle_go(r, t);
	struct ev_end *e = &t->end;
	handle_read_exit(r, t, task, st);
	if (e->how == END_EXIT_GROUP && !e->by_other) {
		r->ends.ender_tgid = t->tgid;
		r->ends.ender_serial = t->serial;
		if (r->asked.mode ==
			MODE_LIGHT) /* there may be some left; otherwise the call's entry was the time to look */
			birth_io_workers(r, t);
	}
	call_abandoned(r, t, st->t_ns);
	task->t_exit_ns = e->t_exit_ns;
	if (t->tid != t->tgid || e->how != END_EXIT)
		return handle_go(r, t);
	tell_late_ends(r, UINT64_MAX); /* or they would count as alive */
	if (task->group && task->group->live > 1) {
		struct event ev = { .kind = EV_LEADER_EXIT, .task = task, .t_ns = st->t_ns, .u.end = *e };
		run_tell(r, &ev, true);
	}
	return handle_go(r, t);
}

static bool late_add(struct run *r, uint32_t serial, const struct event *ev)
{
	if (r->ends.n_late == r->ends.cap_late) {
		size_t cap = r->ends.cap_late ? r->ends.cap_late * 2 : 64;
		struct late_end *late = realloc(r->ends.late, cap * sizeof(*late));
		if (!late)
			return false;
		r->ends.late = late;
		r->ends.cap_late = cap;
	}
	r->ends.late[r->ends.n_late++] = (struct late_end){ .serial = serial, .t_ns = ev->t_ns, .end = ev->u.end };
	return true;
}

void tell_late_ends(struct run *r, uint64_t before)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->ends.n_late; i++) {
		struct late_end *l = &r->ends.late[i];
		if (l->t_ns > before) {
			r->ends.late[kept++] = *l;
			continue;
		}
		struct task *task = model_by_serial(r->tell.model, l->serial);
		struct event ev = { .kind = EV_END, .task = task, .t_ns = l->t_ns, .u.end = l->end };
		if (task)
			run_tell(r, &ev, true);
	}
	r->ends.n_late = kept;
}

void handle_late_end_of(struct run *r, uint32_t serial)
{
	for (size_t i = 0; i < r->ends.n_late; i++) {
		if (r->ends.late[i].serial != serial)
			continue;
		struct late_end l = r->ends.late[i];
		r->ends.late[i] = r->ends.late[--r->ends.n_late];
		struct event ev = {
			.kind = EV_END, .task = model_by_serial(r->tell.model, serial), .t_ns = l.t_ns, .u.end = l.end
		};
		if (ev.task)
			run_tell(r, &ev, true);
		return;
	}
}

/* Whose exit_group or execve ended it, when that is another task. */
static struct task *ender_of(struct run *r, const struct tracee *t, const struct ev_end *e)
{
	uint32_t serial = 0;

	if (e->how == END_EXEC)
		serial = t->ender;
	else if (e->by_other && r->ends.ender_tgid == t->tgid)
		serial = r->ends.ender_serial;
	return serial && serial != t->serial ? model_by_serial(r->tell.model, serial) : NULL;
}

static void unseen_end(struct run *r, struct tracee *t, uint64_t t_ns)
{
	struct task *task = run_task(r, t);
	struct event ev = { .kind = EV_END, .task = task, .t_ns = t_ns, .u.end = t->end };

	if (task) {
		call_abandoned(r, t, t_ns);
		if (!t->end.exit_stop_seen && t->state != TR_ZOMBIE)
			ev.u.end.how = END_UNSEEN;
		run_tell(r, &ev, true);
	}
	tracee_free(&r->tracees, t);
}

/*
 * The leader's last word comes when all others are gone. One that was never reported was in execve, had taken the
 * leader's tid, and was killed before its exec event.
 */
static void end_rest_of_group(struct run *r, const struct tracee *leader, uint64_t t_ns)
{
	struct tracee *o, *next;

	HASH_ITER (hh, r->tracees.by_tid, o, next)
		if (o != leader && o->serial && o->tgid == leader->tgid)
			unseen_end(r, o, t_ns);
}

void tell_unseen_ends(struct run *r)
{
	struct tracee *t, *next;

	HASH_ITER (hh, r->tracees.by_tid, t, next)
		unseen_end(r, t, 0);
}

/* A leader that had ended before thrtrace came goes with the last of its threads; no report tells of it. */
static void end_zombie_leader(struct run *r, pid_t tgid, uint64_t t_ns)
{
	struct tracee *leader = tracee_find(&r->tracees, tgid);
	const struct task *task = leader && leader->state == TR_ZOMBIE ? run_task(r, leader) : NULL;

	if (!task || !task->group || task->group->live > 1)
		return;
	unseen_end(r, leader, t_ns);
	if (r->creators)
		creators_gone(r->creators, tgid);
}

/*
 * A task that was killed on its way into a stop has no exit stop, and its status is that of its group: what the
 * others do tells whether it was torn down with them.
 */
static void guess_how(struct run *r, struct tracee *t, int wstatus, uint64_t t_ns, struct ev_end *e)
{
	e->how = END_EXIT;
	if (WIFSIGNALED(wstatus)) {
		e->how = END_SIGNAL;
		e->sig = WTERMSIG(wstatus);
	} else if (wstatus == 0 && (t->ender = who_execs(r, t, t_ns))) {
		e->how = END_EXEC;
	} else if (r->ends.ender_tgid == t->tgid) {
		e->how = END_EXIT_GROUP;
		e->by_other = true;
	}
	e->status = WIFEXITED(wstatus) ? WEXITSTATUS(wstatus) : 0;
}

void handle_end(struct run *r, struct tracee *t, int wstatus, uint64_t t_ns)
{
	if (t->unsettled)
		call_settle(r, t, false);
	struct task *task = run_task(r, t);

	if (t->tid == r->main.tid && !r->main.ended) {
		r->main.ended = true;
		r->main.wstatus = wstatus;
	}
	if (task && t->tid == t->tgid) {
		tell_late_ends(r, UINT64_MAX);
		if (task->group && task->group->live > 1)
			end_rest_of_group(r, t, t_ns);
	}
	if (task) {
		call_abandoned(r, t, t_ns);
		struct event ev = { .kind = EV_END, .task = task, .t_ns = t_ns, .u.end = t->end };
		struct ev_end *e = &ev.u.end;
		if (!e->exit_stop_seen)
			guess_how(r, t, wstatus, t_ns, e);
		e->core = WIFSIGNALED(wstatus) && WCOREDUMP(wstatus);
		e->by = ender_of(r, t, e);
		/*
		 * A joiner sleeps on it: its return comes within moments, and then the end can tell how long it took.
		 */
		bool waits = task->joiner && !task->joined && e->exit_stop_seen && e->how == END_EXIT &&
			t->tid != t->tgid;
		if (!waits || !late_add(r, t->serial, &ev))
			run_tell(r, &ev, true);
		if (r->creators && t->tid == t->tgid)
			creators_gone(r->creators, t->tgid);
	}
	pid_t tgid = t->tgid;
	tracee_free(&r->tracees, t);
	end_zombie_leader(r, tgid, t_ns);
}

struct resume handle_gone(struct run *r, struct tracee *t, const struct stop *st)
{
	if (t->state == TR_ANNOUNCED) { /* killed before its first stop */
		struct tracee *creator = tracee_find(&r->tracees, t->birth.creator_tid);
		bool held = creator && creator->holds_for == t->tid;
		handle_give_birth(r, t, st->t_ns, false);
		birth_tell(r);
		if (held)
			handle_unhold(r, creator);
	}
	handle_end(r, t, handle_wstatus(st), st->t_ns);
	return hold;
}

/* SPDX-License-Identifier: MIT */
/* execve, which ends all threads but one, and the other ways to end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "follow/birth.h"
#include "follow/calls.h"
#include "creators/creators.h"
#include "follow/creds.h"
#include "follow/facts.h"
#include "follow/waiting.h"
#include "kernel/program.h"
#include "follow/handlers_impl.h"
#include "follow/kernel_threads.h"
#include "follow/rival.h"
#include "follow/unjoined.h"

/* ---- execve ---- */

/* Ends that thrtrace learns of without a report: the tid changes hands at execve. */
static void superseded(struct run *r, struct tracee *t, const struct task *by, uint64_t t_ns)
{
	if (t->return_skipped)
		call_settle(r, t, false);
	const struct task *task = run_task(r, t);

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
		run_fail(r, run_begin_program(r, &program, true));
		birth_program(r, t, st->t_ns);
	} else if (!t->silent) {
		r->k->identify(r->k->ctx, t->tid, &program);
	}
	const struct task *task = run_task(r, t);
	if (!task)
		return handle_go(r, t);
	facts_comm(r, t->tid, comm);
	bool seen = t->in_call && (t->call.id == CALL_execve || t->call.id == CALL_execveat);
	struct event ev = {
		.kind = EV_EXEC,
		.task = task,
		.t_ns = st->t_ns,
		.u.exec = { .path = seen ? t->call.u.exec.path : program.path,
			.call = seen ? &t->call : NULL,
			.argv = seen ? t->argv : NULL,
			.took_ns = seen ? st->t_ns - t->t_call_ns : 0,
			.comm = comm,
			.former_tid = former,
			.libc = program.libc[0] ? program.libc : NULL,
			.libc_kind = program.kind },
	};
	facts_exec(r, t, &program, &ev.u.exec);
	unjoined_forget(r, t->tgid);
	if (r->creators)
		creators_exec(r->creators, t->tgid);
	if (r->ends.ender_tgid == t->tgid) /* the others are gone: what was known of their end is used up */
		r->ends.ender_tgid = 0;
	t->watch_calls = 0;
	t->expects = 0;
	run_tell(r, &ev, !first);
	tracee_leave_call(&r->tracees, t);
	return handle_go(r, t);
}

/* ---- the end ---- */

static void unseen_end(struct run *r, struct tracee *t, uint64_t t_ns)
{
	const struct task *task = run_task(r, t);
	struct event ev = { .kind = EV_END, .task = task, .t_ns = t_ns, .u.end = t->end };

	if (task) {
		call_abandoned(r, t, t_ns);
		if (!t->end.exit_stop_seen && t->state != TR_ZOMBIE)
			ev.u.end.how = END_UNSEEN;
		run_tell(r, &ev, true);
	}
	tracee_free(&r->tracees, t);
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

static bool is_unborn_program(const struct run *r, const struct tracee *t)
{
	return !r->begun && t->tid == r->main.tid;
}

/*
 * An execve that can't be finished has no way back any more: the kernel kills the task (fs/exec.c, bprm_execve), and no
 * exec event comes. So may anybody else. There is a trace all the same: of a program that never ran.
 */
static void begin_killed(struct run *r, struct tracee *t, uint64_t t_ns)
{
	struct program_facts program;

	r->k->identify(r->k->ctx, t->tid, &program);
	run_fail(r, run_begin_program(r, &program, false));
	birth_program(r, t, t_ns);
}

static bool dies_by_signal(struct run *r, struct tracee *t, const struct stop *st)
{
	uint64_t msg;

	return handle_event_message(r, t, st, &msg) == 0 && (msg & 0x7f);
}

/* Tells the end of t, or keeps it for a joiner that sleeps on it: its return comes within moments. */
static void tell_end(struct run *r, struct tracee *t, const struct task *task, struct event *ev)
{
	const struct ev_end *e = &ev->u.end;
	bool waits = task->joiner && !task->joined && e->exit_stop_seen && e->how == END_EXIT && t->tid != t->tgid;

	if (!waits || !handle_late_add(r, t->serial, ev))
		run_tell(r, ev, true);
}

static bool may_be_let_go(const struct run *r, const struct tracee *t)
{
	return r->lets_go && t->tid != t->tgid && !t->adopted; /* its creator's event may still name it */
}

/*
 * All there is of a thread that exits by itself has been seen at its exit stop. It is let go there: a traced thread
 * that is dead stays in its process until its last report is fetched, and a program that has joined it and goes on,
 * with unshare(CLONE_NEWUSER) say, would find it.
 */
static struct resume let_go(struct run *r, struct tracee *t, const struct task *task, uint64_t t_ns)
{
	struct event ev = { .kind = EV_END, .task = task, .t_ns = t_ns, .u.end = t->end };
	pid_t tgid = t->tgid;

	handle_remember_left(r, t, task);
	tell_end(r, t, task, &ev);
	t->serial = 0; /* where it is killed before it is let go, its last report tells nothing new */
	t->silent = t->detach = true;
	end_zombie_leader(r, tgid, t_ns);
	return handle_go(r, t);
}

struct resume handle_exit_stop(struct run *r, struct tracee *t, const struct stop *st)
{
	bool unborn = is_unborn_program(r, t) && dies_by_signal(r, t, st);

	if (unborn)
		begin_killed(r, t, st->t_ns);
	const struct task *task = run_task(r, t);
	tracee_set_state(&r->tracees, t, TR_EXITING);
	if (!task) {
		t->detach |= t->silent && may_be_let_go(r, t);
		return handle_go(r, t);
	}
	struct ev_end *e = &t->end;
	creds_look(r, t->tgid, st->t_ns);
	handle_read_exit(r, t, task, st);
	e->in_execve = unborn;
	unjoined_look(r, t, task, e->how != END_EXIT || (task->group && task->group->live == 1));
	unjoined_add(r, task, e);
	if (e->how == END_EXIT_GROUP && !e->by_other) {
		if (e->status)
			rival_at_exit(r, t, task);
		unjoined_note_rest(r, t, task);
		r->ends.ender_tgid = t->tgid;
		r->ends.ender_serial = t->serial;
		if (r->asked.mode ==
			MODE_LIGHT) /* there may be some left; otherwise the call's entry was the time to look */
			kernel_threads_look(r, t->tgid);
	}
	call_abandoned(r, t, st->t_ns);
	waiting_at_exit(r, task);
	struct event exiting = { .kind = EV_EXITING, .task = task, .t_ns = st->t_ns };
	run_tell(r, &exiting, false);
	if (may_be_let_go(r, t) && e->how == END_EXIT && e->exit_stop_seen)
		return let_go(r, t, task, st->t_ns);
	if (t->tid != t->tgid || e->how != END_EXIT)
		return handle_go(r, t);
	tell_late_ends(r, UINT64_MAX); /* or they would count as alive */
	if (task->group && task->group->live > 1) {
		struct event ev = { .kind = EV_LEADER_EXIT, .task = task, .t_ns = st->t_ns, .u.end = *e };
		run_tell(r, &ev, true);
	}
	return handle_go(r, t);
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

/*
 * A first thread keeps the code that it left with. Its process has that of who called exit_group, the signal that
 * killed the others, or the code of who left last (kernel/exit.c, synchronize_group_exit; on 5.10 the first thread's).
 */
static struct process_end process_end(const struct tracee *t, const struct ev_end *e, int wstatus)
{
	struct process_end p = { 0 };

	if (t->tid != t->tgid || (e->how != END_EXIT && e->how != END_EXIT_GROUP))
		return p;
	if (WIFSIGNALED(wstatus))
		p.sig = WTERMSIG(wstatus);
	else
		p.status = WEXITSTATUS(wstatus);
	p.other = p.sig || p.status != e->status;
	return p;
}

void handle_end(struct run *r, struct tracee *t, int wstatus, uint64_t t_ns)
{
	if (t->return_skipped)
		call_settle(r, t, false);
	if (is_unborn_program(r, t) && WIFSIGNALED(wstatus)) {
		begin_killed(r, t, t_ns);
		t->end.in_execve = true;
	}
	const struct task *task = run_task(r, t);

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
			handle_guess_how(r, t, wstatus, t_ns, e);
		e->core = WIFSIGNALED(wstatus) && WCOREDUMP(wstatus);
		e->by = handle_ender_of(r, t, e);
		e->process = process_end(t, e, wstatus);
		tell_end(r, t, task, &ev);
		if (t->tid == t->tgid)
			unjoined_forget(r, t->tgid);
		if (r->creators && t->tid == t->tgid)
			creators_gone(r->creators, t->tgid);
	}
	pid_t tgid = t->tgid;
	tracee_free(&r->tracees, t);
	end_zombie_leader(r, tgid, t_ns);
}

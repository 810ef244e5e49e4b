/* SPDX-License-Identifier: MIT */
#include "handlers.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "birth.h"
#include "calls.h"
#include "creators.h"
#include "emit.h"
#include "facts.h"
#include "postmortem.h"
#include "program.h"
#include "untraced.h"

static void fail(struct run *r, int err)
{
	if (err && !r->error)
		r->error = err;
}

static struct task *task_of(struct run *r, const struct tracee *t)
{
	return t->serial ? model_by_serial(r->model, t->serial) : NULL;
}

/* How a task goes on when nothing special is wanted: to its next event, or to its next call. */
static struct resume go(const struct run *r, const struct tracee *t)
{
	if (t->detach)
		return (struct resume){ .op = RESUME_DETACH };
	if (t->state == TR_EXITING)
		return (struct resume){ .op = RESUME_CONT };
	bool calls = r->mode == MODE_ALL && !t->silent && t->state != TR_LAUNCHING;
	bool watched = r->mode == MODE_FILTER && (t->watch || (t->in_call && !t->unsettled));
	watched |= t->untraced.taken;
	return (struct resume){ .op = calls || watched ? RESUME_SYSCALL : RESUME_CONT };
}

static const struct resume hold = { .op = RESUME_NONE };

/*
 * The message of the event stop at hand. A task that SIGKILL has woken rests in its exit stop by now and answers with
 * that one's message: siginfo, read after it, tells whose it was.
 */
static int event_message(struct run *r, const struct tracee *t, const struct stop *st, uint64_t *ret)
{
	static const int events[STOP_KINDS] = {
		[STOP_CLONE] = PTRACE_EVENT_CLONE, [STOP_FORK] = PTRACE_EVENT_FORK, [STOP_VFORK] = PTRACE_EVENT_VFORK,
		[STOP_EXEC] = PTRACE_EVENT_EXEC, [STOP_EXIT] = PTRACE_EVENT_EXIT,
	};
	siginfo_t info;
	uint64_t msg;

	int err = r->k->event_msg(r->k->ctx, t->tid, &msg);
	if (!err)
		err = r->k->siginfo(r->k->ctx, t->tid, &info);
	if (err)
		return err;
	if (info.si_code != (events[st->kind] << 8 | SIGTRAP))
		return -ESRCH;
	*ret = msg;
	return 0;
}

static bool is_gone(const struct stop *st)
{
	return st->kind == STOP_EXITED || st->kind == STOP_KILLED;
}

static int wstatus_of(const struct stop *st)
{
	return st->kind == STOP_EXITED ? st->code << 8 : st->sig | (st->core ? 0x80 : 0);
}

/* ---- system calls ---- */

/* What a watch looks for: the calls that turn a mapping into a stack, and the one that uses it. */
static bool of_interest(enum call_id id)
{
	const struct call_row *row = call_row(id);

	return id == CALL_mprotect || id == CALL_madvise || (row && (row->traits & CALL_CREATES));
}

static struct resume on_call_entry(struct run *r, struct tracee *t, const struct syscall_stop *at, uint64_t t_ns)
{
	if (t->in_call && at->phase == PHASE_SECCOMP) /* its entry stop came just before: t was being watched */
		return go(r, t);
	if (r->mode == MODE_FILTER && at->phase == PHASE_ENTRY && !of_interest(call_by_nr(abi_by_audit(at->arch), at->nr))) {
		if (t->watch)
			t->watch--;
		return go(r, t); /* if it matters all the same, the filter picks it in a moment */
	}
	t->watch = 0;
	call_entered(r, t, at, t_ns);
	return go(r, t);
}

/* ---- births ---- */

/* The call behind a creation event, when its entry was not stopped for: the registers still hold it. */
static void read_call_at_event(struct run *r, struct tracee *t, struct call *call)
{
	struct task_mem ctx = { r->k, t->tid };
	struct mem mem = task_mem(&ctx);
	struct regs regs;
	const struct abi *abi;

	memset(call, 0, sizeof(*call));
	call->id = CALL_OTHER;
	if (facts_regs(r, t->tid, &regs, &abi) == 0)
		call_decode(call, abi, regs.nr, regs.arg, &mem);
}

static bool is_creation(const struct call *call)
{
	const struct call_row *row = call_row(call->id);

	return row && (row->traits & CALL_CREATES);
}

static void fill_birth(struct run *r, struct tracee *t, struct tracee *child, const struct call *call, const struct stop *st)
{
	struct pending_birth *p = &child->birth;
	struct regs regs;
	const struct abi *abi;

	*p = (struct pending_birth){
		.known = true, .creator_tid = t->tid, .creator_tgid = t->tgid, .creator_serial = t->serial, .silent = t->silent || !t->serial,
		.t_call_ns = t->in_call ? t->t_call_ns : 0, .t_event_ns = st->t_ns, .defects = call->defects,
	};
	if (is_creation(call))
		p->args = call->u.clone;
	else
		p->defects |= CALL_ARGS_UNREAD;
	if (!p->silent && facts_regs(r, t->tid, &regs, &abi) == 0) {
		p->creator_known = true;
		p->creator_sp = regs.sp;
		p->creator_tp = regs.tp_known ? regs.tp : 0;
	}
}

static void release(struct run *r, struct tracee *t)
{
	if (r->n_release < ARRAY_SIZE(r->release))
		r->release[r->n_release++] = t->tid;
}

static void end_of(struct run *r, struct tracee *t, int wstatus, uint64_t t_ns);

/* Both sides have been seen: the task is born. */
static void give_birth(struct run *r, struct tracee *child, uint64_t first_ns, bool alive)
{
	struct tracee *creator = tracee_find(&r->tracees, child->birth.creator_tid);

	if (creator && creator->holds_for == child->tid) {
		tracee_hold(&r->tracees, creator, 0, 0);
		child->birth.creator_stopped = true;
	}
	birth_by_call(r, child, first_ns, alive);
}

/* The creator of an early child has spoken. */
static void meet_early(struct run *r, struct tracee *child)
{
	bool alive = child->state == TR_EARLY;

	child->birth.creator_stopped = true;
	give_birth(r, child, child->t_first_ns, alive);
	birth_tell(r);
	if (alive) {
		tracee_set_state(&r->tracees, child, TR_RUNNING);
		release(r, child);
	} else if (child->state == TR_EARLY_EXITING) {
		tracee_set_state(&r->tracees, child, TR_EXITING);
	} else {
		end_of(r, child, child->end_wstatus, child->t_end_ns);
	}
}

/* The tracee of a child that its creator has just named: an early one, or a new one. NULL when out of memory. */
/* A creator's event that comes after the child was given up waiting for it: the child is born and runs. */
static bool was_adopted(struct run *r, pid_t tid)
{
	struct tracee *child = tracee_find(&r->tracees, tid);
	bool adopted = child && child->adopted;

	if (adopted)
		child->adopted = false;
	return adopted;
}

static struct tracee *named_child(struct run *r, pid_t tid)
{
	struct tracee *child = tracee_find(&r->tracees, tid);

	/*
	 * Still known by an earlier owner of the tid? Every owner's last report comes before the tid is free, but for a
	 * thread whose execve has just made it the leader: its exec event is on the way, and names this tid as its former.
	 */
	if (child && !tracee_is_early(child)) {
		tracee_rename(&r->tracees, child, -tid);
		child = NULL;
	}
	if (!child)
		child = tracee_new(&r->tracees, tid, TR_ANNOUNCED);
	if (!child)
		fail(r, -ENOMEM);
	return child;
}

static struct resume on_creation(struct run *r, struct tracee *t, const struct stop *st)
{
	struct call call;
	uint64_t msg;

	untraced_put_back(r, t);
	if (event_message(r, t, st, &msg) || msg == 0)
		return go(r, t);
	if (was_adopted(r, (pid_t)msg)) {
		call_created(r, t, (pid_t)msg, st->t_ns);
		return go(r, t);
	}
	struct tracee *child = named_child(r, (pid_t)msg);
	if (!child)
		return go(r, t);
	if (t->in_call && is_creation(&t->call))
		call = t->call;
	else
		read_call_at_event(r, t, &call);
	fill_birth(r, t, child, &call, st);
	call_created(r, t, child->tid, st->t_ns);
	if (child->state == TR_ANNOUNCED) {
		tracee_hold(&r->tracees, t, child->tid, st->t_ns);
		return hold;
	}
	meet_early(r, child);
	return go(r, t);
}

/* CLONE_PTRACE|CLONE_UNTRACED: the child is attached, and no event tells of it. Its creator's result does. */
static void attached_without_event(struct run *r, struct tracee *t, const struct call *call, pid_t tid, const struct stop *st)
{
	struct tracee *child = was_adopted(r, tid) ? NULL : named_child(r, tid);

	if (!child)
		return;
	fill_birth(r, t, child, call, st);
	if (tracee_is_early(child))
		meet_early(r, child);
}

static struct resume on_syscall(struct run *r, struct tracee *t, const struct stop *st)
{
	struct syscall_stop at;

	if (t->state == TR_LAUNCHING || (t->silent && !r->syscall_filter_child))
		return go(r, t);
	int err = r->k->syscall_stop(r->k->ctx, t->tid, &at);
	if (err)
		return go(r, t); /* -ESRCH: dying, the resume will say so too */
	if (at.phase == PHASE_ENTRY || at.phase == PHASE_SECCOMP) {
		struct resume res = t->silent ? go(r, t) : on_call_entry(r, t, &at, st->t_ns);
		if (at.phase == PHASE_SECCOMP && untraced_take(r, t, &at)) /* after the call was read as it is */
			res.op = RESUME_SYSCALL;
		return res;
	}
	untraced_put_back(r, t);
	if (t->silent || at.phase != PHASE_EXIT || !t->in_call)
		return go(r, t);
	bool attached = is_creation(&t->call) && (t->call.u.clone.flags & CLONE_PTRACE) && !call_failed(at.result);
	if (attached) {
		struct call call = t->call;
		call_created(r, t, (pid_t)at.result, st->t_ns);
		attached_without_event(r, t, &call, (pid_t)at.result, st);
	} else {
		call_returned(r, t, at.result, st->t_ns);
	}
	return go(r, t);
}

/* A child that was announced shows up, in whatever stop. */
static void on_first_stop(struct run *r, struct tracee *t, const struct stop *st)
{
	struct tracee *creator = tracee_find(&r->tracees, t->birth.creator_tid);
	bool held = creator && creator->holds_for == t->tid;

	give_birth(r, t, st->t_ns, true);
	if (st->kind != STOP_TRAP) /* more is to be told of this stop; else the loop tells it once both go on */
		birth_tell(r);
	tracee_set_state(&r->tracees, t, TR_RUNNING);
	if (held)
		release(r, creator);
}

static void adopt_one(struct run *r, struct tracee *t)
{
	birth_adopted(r, t, t->state == TR_EARLY);
	t->adopted = true;
	if (t->state == TR_EARLY) {
		tracee_set_state(&r->tracees, t, TR_RUNNING);
		release(r, t);
	} else if (t->state == TR_EARLY_EXITING) {
		tracee_set_state(&r->tracees, t, TR_EXITING);
	} else {
		end_of(r, t, t->end_wstatus, t->t_end_ns);
	}
}

bool adopt_early(struct run *r, uint64_t before)
{
	struct tracee *t, *next;

	if (r->tracees.n_early == 0)
		return false;
	HASH_ITER(hh, r->tracees.by_tid, t, next)
		if (tracee_is_early(t) && t->t_first_ns <= before) {
			adopt_one(r, t);
			return true;
		}
	return false;
}

void release_held(struct run *r, uint64_t before)
{
	struct tracee *t, *next;

	HASH_ITER(hh, r->tracees.by_tid, t, next)
		if (t->holds_for && t->t_hold_ns <= before && r->n_release < ARRAY_SIZE(r->release)) {
			tracee_hold(&r->tracees, t, 0, 0);
			release(r, t);
		}
}

/* ---- execve ---- */

/* Ends that thrtrace learns of without a report: the tid changes hands at execve. */
static void superseded(struct run *r, struct tracee *t, struct task *by, uint64_t t_ns)
{
	if (t->unsettled)
		call_settle(r, t, false);
	struct task *task = task_of(r, t);

	if (task) {
		call_abandoned(r, t, t_ns);
		struct event ev = { .kind = EV_END, .task = task, .t_ns = t_ns, .u.end = t->end };
		ev.u.end.how = END_EXEC;
		ev.u.end.by = by;
		fail(r, emit(r, &ev, true));
	}
	tracee_free(&r->tracees, t);
}

static struct tracee *exec_rename(struct run *r, struct tracee *t, pid_t former, uint64_t t_ns)
{
	struct tracee *caller = tracee_find(&r->tracees, -former); /* the tid has a new owner already */

	if (former == t->tid)
		return t;
	if (!caller)
		caller = tracee_find(&r->tracees, former);
	if (!caller || caller->tgid != t->tgid)
		return t;
	pid_t leader = t->tid;
	superseded(r, t, task_of(r, caller), t_ns);
	tracee_rename(&r->tracees, caller, leader);
	tracee_set_state(&r->tracees, caller, TR_RUNNING);
	return caller;
}

static struct resume on_exec(struct run *r, struct tracee *t, const struct stop *st)
{
	uint64_t msg;
	char comm[COMM_LEN];
	struct program_facts program;
	pid_t former = t->tid;

	if (event_message(r, t, st, &msg) == 0)
		former = (pid_t)msg;
	tell_late_ends(r, UINT64_MAX); /* they belong to the program that is gone */
	t = exec_rename(r, t, former, st->t_ns);
	bool first = t->state == TR_LAUNCHING;
	t->tgid = t->tid;
	if (first) {
		tracee_set_state(&r->tracees, t, TR_RUNNING);
		r->k->identify(r->k->ctx, t->tid, &program);
		fail(r, run_begin(r, &program));
		birth_program(r, t, st->t_ns);
	} else if (!t->silent) {
		r->k->identify(r->k->ctx, t->tid, &program);
	}
	struct task *task = task_of(r, t);
	if (!task)
		return go(r, t);
	facts_comm(r, t->tid, comm);
	const char *path = t->in_call && (t->call.id == CALL_execve || t->call.id == CALL_execveat) ? t->call.u.exec.path : program.path;
	struct event ev = {
		.kind = EV_EXEC, .task = task, .t_ns = st->t_ns,
		.u.exec = { .path = path, .comm = comm, .former_tid = former, .libc = program.libc[0] ? program.libc : NULL,
			.libc_kind = program.kind },
	};
	facts_exec(r, t, &ev.u.exec);
	if (r->creators)
		creators_exec(r->creators, t->tgid);
	if (r->ender_tgid == t->tgid) /* the others are gone: what was known of their end is used up */
		r->ender_tgid = 0;
	tracee_leave_call(&r->tracees, t);
	t->watch = 0;
	t->look_for = 0;
	fail(r, emit(r, &ev, !first));
	return go(r, t);
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
	ssize_t n = o->state == TR_RUNNING ? r->k->read_proc(r->k->ctx, o->tid, "syscall", text, sizeof(text) - 1) : -ESRCH;

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
	bool light = r->mode == MODE_LIGHT;
	const struct tracee *o, *next;

	if (!light && r->tracees.n_execs == 0)
		return 0;
	if (light && r->exec_seen.tgid == t->tgid && t_ns - r->exec_seen.t_ns < EXEC_SEEN_NS)
		return r->exec_seen.serial == t->serial ? 0 : r->exec_seen.serial;
	/* Thousands may be torn down by one execve: as a rule it is the one that began last. */
	o = light ? NULL : tracee_find(&r->tracees, r->tracees.exec_tid);
	if (o && o != t && o->tgid == t->tgid && execs(o))
		return o->serial;
	uint32_t found = 0;
	HASH_ITER(hh, r->tracees.by_tid, o, next) {
		if (o == t || o->tgid != t->tgid || !(light ? execs_by_proc(r, o) : execs(o)))
			continue;
		found = o->serial;
		break;
	}
	if (light) {
		r->exec_seen.tgid = t->tgid;
		r->exec_seen.serial = found;
		r->exec_seen.t_ns = t_ns;
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

	if (event_message(r, t, st, &msg)) { /* it has gone on already: its last word must do */
		e->exit_stop_seen = false;
		return;
	}
	int wstatus = (int)msg;
	enum call_id in = facts_regs(r, t->tid, &regs, &abi) == 0 ? call_by_nr(abi, regs.nr) : CALL_OTHER;
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

/* What its exit stop shows, task or not. */
static void read_exit(struct run *r, struct tracee *t, const struct task *task, const struct stop *st)
{
	struct ev_end *e = &t->end;
	struct task_usage u;

	*e = (struct ev_end){ .exit_stop_seen = true, .t_exit_ns = st->t_ns - r->t0_ns };
	read_how(r, t, e, st);
	facts_robust(r, t->tid, e);
	e->rseq_known = r->k->rseq(r->k->ctx, t->tid, &e->rseq) == 0;
	if (t->touched_now.known)
		e->touched = t->touched_now;
	else if (task)
		facts_touched(r, t, task, &e->touched);
	/* Two files of /proc a task: more than all that light mode does else. */
	if (r->mode != MODE_LIGHT && r->k->usage(r->k->ctx, t->tid, &u) == 0) {
		e->cpu_known = true;
		e->cpu_ns = u.cpu_ns;
		e->wait_ns = u.wait_ns;
		e->voluntary = u.voluntary;
		e->involuntary = u.involuntary;
	}
}

static struct resume on_exit_stop(struct run *r, struct tracee *t, const struct stop *st)
{
	struct task *task = task_of(r, t);

	tracee_set_state(&r->tracees, t, TR_EXITING);
	if (!task)
		return go(r, t);
	struct ev_end *e = &t->end;
	read_exit(r, t, task, st);
	if (e->how == END_EXIT_GROUP && !e->by_other) {
		r->ender_tgid = t->tgid;
		r->ender_serial = t->serial;
		if (r->mode == MODE_LIGHT) /* there may be some left; otherwise the call's entry was the time to look */
			birth_io_workers(r, t);
	}
	call_abandoned(r, t, st->t_ns);
	task->t_exit_ns = e->t_exit_ns;
	if (t->tid != t->tgid || e->how != END_EXIT)
		return go(r, t);
	tell_late_ends(r, UINT64_MAX); /* or they would count as alive */
	if (task->group && task->group->live > 1) {
		struct event ev = { .kind = EV_LEADER_EXIT, .task = task, .t_ns = st->t_ns, .u.end = *e };
		fail(r, emit(r, &ev, true));
	}
	return go(r, t);
}

static bool late_add(struct run *r, uint32_t serial, const struct event *ev)
{
	if (r->n_late == r->cap_late) {
		size_t cap = r->cap_late ? r->cap_late * 2 : 64;
		struct late_end *late = realloc(r->late, cap * sizeof(*late));
		if (!late)
			return false;
		r->late = late;
		r->cap_late = cap;
	}
	r->late[r->n_late++] = (struct late_end){ .serial = serial, .t_ns = ev->t_ns, .end = ev->u.end };
	return true;
}

void tell_late_ends(struct run *r, uint64_t before)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->n_late; i++) {
		struct late_end *l = &r->late[i];
		if (l->t_ns > before) {
			r->late[kept++] = *l;
			continue;
		}
		struct task *task = model_by_serial(r->model, l->serial);
		struct event ev = { .kind = EV_END, .task = task, .t_ns = l->t_ns, .u.end = l->end };
		if (task)
			fail(r, emit(r, &ev, true));
	}
	r->n_late = kept;
}

static void tell_late_end_of(struct run *r, uint32_t serial)
{
	for (size_t i = 0; i < r->n_late; i++) {
		if (r->late[i].serial != serial)
			continue;
		struct late_end l = r->late[i];
		r->late[i] = r->late[--r->n_late];
		struct event ev = { .kind = EV_END, .task = model_by_serial(r->model, serial), .t_ns = l.t_ns, .u.end = l.end };
		if (ev.task)
			fail(r, emit(r, &ev, true));
		return;
	}
}

/* Whose exit_group or execve ended it, when that is another task. */
static struct task *ender_of(struct run *r, const struct tracee *t, const struct ev_end *e)
{
	uint32_t serial = 0;

	if (e->how == END_EXEC)
		serial = t->ender;
	else if (e->by_other && r->ender_tgid == t->tgid)
		serial = r->ender_serial;
	return serial && serial != t->serial ? model_by_serial(r->model, serial) : NULL;
}

static void unseen_end(struct run *r, struct tracee *t, uint64_t t_ns)
{
	struct task *task = task_of(r, t);
	struct event ev = { .kind = EV_END, .task = task, .t_ns = t_ns, .u.end = t->end };

	if (task) {
		call_abandoned(r, t, t_ns);
		if (!t->end.exit_stop_seen)
			ev.u.end.how = END_UNSEEN;
		fail(r, emit(r, &ev, true));
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

	HASH_ITER(hh, r->tracees.by_tid, o, next)
		if (o != leader && o->serial && o->tgid == leader->tgid)
			unseen_end(r, o, t_ns);
}

void tell_unseen_ends(struct run *r)
{
	struct tracee *t, *next;

	HASH_ITER(hh, r->tracees.by_tid, t, next)
		unseen_end(r, t, 0);
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
	} else if (r->ender_tgid == t->tgid) {
		e->how = END_EXIT_GROUP;
		e->by_other = true;
	}
	e->status = WIFEXITED(wstatus) ? WEXITSTATUS(wstatus) : 0;
}

static void end_of(struct run *r, struct tracee *t, int wstatus, uint64_t t_ns)
{
	if (t->unsettled)
		call_settle(r, t, false);
	struct task *task = task_of(r, t);

	if (t->tid == r->main_tid && !r->main_ended) {
		r->main_ended = true;
		r->main_wstatus = wstatus;
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
		/* A joiner sleeps on it: its return comes within moments, and then the end can tell how long it took. */
		bool waits = task->joiner && !task->joined && e->exit_stop_seen && e->how == END_EXIT && t->tid != t->tgid;
		if (!waits || !late_add(r, t->serial, &ev))
			fail(r, emit(r, &ev, true));
		if (r->creators && t->tid == t->tgid)
			creators_gone(r->creators, t->tgid);
	}
	tracee_free(&r->tracees, t);
}

static struct resume on_gone(struct run *r, struct tracee *t, const struct stop *st)
{
	if (t->state == TR_ANNOUNCED) { /* killed before its first stop */
		struct tracee *creator = tracee_find(&r->tracees, t->birth.creator_tid);
		bool held = creator && creator->holds_for == t->tid;
		give_birth(r, t, st->t_ns, false);
		birth_tell(r);
		if (held)
			release(r, creator);
	}
	end_of(r, t, wstatus_of(st), st->t_ns);
	return hold;
}

/* ---- signals and stops ---- */

static bool is_fault(int sig)
{
	return sig == SIGSEGV || sig == SIGBUS || sig == SIGFPE || sig == SIGILL || sig == SIGTRAP;
}

static struct resume on_signal(struct run *r, struct tracee *t, const struct stop *st)
{
	struct task *task = task_of(r, t);
	struct resume res = go(r, t);
	siginfo_t info;

	res.sig = st->sig;
	if (!task)
		return res;
	struct event ev = { .kind = EV_SIGNAL, .task = task, .t_ns = st->t_ns, .u.signal = { .sig = st->sig } };
	struct ev_signal *s = &ev.u.signal;
	if (r->k->siginfo(r->k->ctx, t->tid, &info) == 0) {
		s->info_known = true;
		s->code = info.si_code;
		s->fault = is_fault(st->sig) && info.si_code > 0 && info.si_code < SI_KERNEL;
		s->addr = s->fault ? (uintptr_t)info.si_addr : 0;
		s->sender = info.si_code == SI_USER || info.si_code == SI_TKILL || info.si_code == SI_QUEUE ? info.si_pid : 0;
	}
	bool harmless = st->sig == SIGCHLD || st->sig == SIGCONT || st->sig == SIGURG || st->sig == SIGWINCH;
	bool stops = st->sig == SIGSTOP || st->sig == SIGTSTP || st->sig == SIGTTIN || st->sig == SIGTTOU;
	s->fatal = !harmless && !stops && !facts_signal_handled(r, t->tid, st->sig);
	struct backtrace bt = { .n = 0 };
	struct fault_verdict verdict;
	if (s->fatal && is_fault(st->sig)) {
		if (r->creators) {
			creators_backtrace(r->creators, t, false, &bt);
			s->bt = &bt;
			struct regs regs;
			const struct abi *abi;
			if (task->stack.high && facts_regs(r, t->tid, &regs, &abi) == 0)
				s->deep = creators_depth(r->creators, t->tid, &bt, regs.sp, task->stack.high);
		}
		if (st->sig == SIGSEGV || st->sig == SIGBUS) {
			fault_explain(r, t, task, s, &verdict);
			s->verdict = &verdict;
		}
	}
	bool libc_own = st->sig >= 32 && st->sig <= 34;
	fail(r, emit(r, &ev, r->choice.signals || s->fatal || (r->choice.by_rule && libc_own)));
	return res;
}

static struct resume on_group_stop(struct run *r, struct tracee *t, const struct stop *st)
{
	struct task *task = task_of(r, t);

	if (t->detach)
		return go(r, t);
	if (t->state == TR_RUNNING) /* before the program's execve it stays what it is */
		tracee_set_state(&r->tracees, t, TR_LISTENING);
	if (task && task->group && !task->group->stopped) {
		struct event ev = { .kind = EV_STOPPED, .task = task, .t_ns = st->t_ns, .u.signal = { .sig = st->sig } };
		task->group->stopped = true;
		fail(r, emit(r, &ev, true));
	}
	return (struct resume){ .op = RESUME_LISTEN };
}

static struct resume on_trap(struct run *r, struct tracee *t, const struct stop *st)
{
	struct task *task = task_of(r, t);

	if (t->state == TR_LISTENING) {
		tracee_set_state(&r->tracees, t, TR_RUNNING);
		if (task && task->group && task->group->stopped) {
			struct event ev = { .kind = EV_CONTINUED, .task = task, .t_ns = st->t_ns };
			task->group->stopped = false;
			fail(r, emit(r, &ev, true));
		}
	}
	return go(r, t);
}

struct resume handle_release(struct run *r, struct tracee *t)
{
	struct stop st = { .kind = STOP_GROUP, .tid = t->tid, .sig = t->first_sig, .t_ns = r->k->now_ns(r->k->ctx) };

	t->first_sig = 0;
	return st.sig ? on_group_stop(r, t, &st) : go(r, t);
}

/* ---- children whose creator has not spoken ---- */

/* Its exit stop must not be kept: nothing can end that but a resume. What it shows is read now, for later. */
static struct resume on_early_exit(struct run *r, struct tracee *t, const struct stop *st)
{
	int64_t tgid = facts_status(r, t->tid, "Tgid:"), ppid = facts_status(r, t->tid, "PPid:");

	t->tgid = tgid > 0 ? (pid_t)tgid : t->tid;
	t->ppid = ppid > 0 ? (pid_t)ppid : 0;
	read_exit(r, t, NULL, st);
	tracee_set_state(&r->tracees, t, TR_EARLY_EXITING);
	return (struct resume){ .op = RESUME_CONT };
}

static void keep_last_word(struct run *r, struct tracee *t, const struct stop *st)
{
	tracee_set_state(&r->tracees, t, TR_EARLY_DEAD);
	t->end_wstatus = wstatus_of(st);
	t->t_end_ns = st->t_ns;
}

/* A tid that nobody announced. */
static struct resume on_unknown(struct run *r, const struct stop *st)
{
	if (st->tid == r->output.command) /* -o '|command' is a child of ours as well */
		return hold;
	struct tracee *t = tracee_new(&r->tracees, st->tid, TR_EARLY);
	if (!t) {
		fail(r, -ENOMEM);
		return (struct resume){ .op = RESUME_CONT };
	}
	t->t_first_ns = st->t_ns;
	t->first_sig = st->kind == STOP_GROUP ? st->sig : 0;
	if (is_gone(st))
		keep_last_word(r, t, st);
	return st->kind == STOP_EXIT ? on_early_exit(r, t, st) : hold;
}

/* Only SIGKILL wakes a held child. */
static struct resume on_early(struct run *r, struct tracee *t, const struct stop *st)
{
	if (t->state == TR_EARLY_DEAD) { /* its tid has a new owner already: it is not waited for any longer */
		adopt_one(r, t);
		return on_unknown(r, st);
	}
	if (is_gone(st)) {
		keep_last_word(r, t, st);
		return hold;
	}
	return st->kind == STOP_EXIT ? on_early_exit(r, t, st) : hold;
}

typedef struct resume (*handler)(struct run *r, struct tracee *t, const struct stop *st);

static struct resume on_other(struct run *r, struct tracee *t, const struct stop *st)
{
	(void)st;
	return go(r, t);
}

struct resume handle_stop(struct run *r, struct tracee *t, const struct stop *st)
{
	static const handler handlers[STOP_KINDS] = {
		[STOP_SYSCALL] = on_syscall, [STOP_SECCOMP] = on_syscall, [STOP_CLONE] = on_creation, [STOP_FORK] = on_creation,
		[STOP_VFORK] = on_creation, [STOP_VFORK_DONE] = on_other, [STOP_EXEC] = on_exec, [STOP_EXIT] = on_exit_stop,
		[STOP_SIGNAL] = on_signal, [STOP_GROUP] = on_group_stop, [STOP_TRAP] = on_trap, [STOP_EXITED] = on_gone,
		[STOP_KILLED] = on_gone,
	};

	if (!t)
		return on_unknown(r, st);
	if (tracee_is_early(t))
		return on_early(r, t, st);
	tracee_hold(&r->tracees, t, 0, 0); /* whatever it was held for: SIGKILL has woken it */
	if (t->state == TR_ANNOUNCED && !is_gone(st))
		on_first_stop(r, t, st);
	t->touched_now.known = false;
	if (t->unsettled && !is_gone(st))
		call_settle(r, t, true);
	if (t->look_for && !is_gone(st) && st->kind != STOP_EXEC)
		call_find_registrations(r, t);
	uint32_t joining = t->joins;
	struct resume res = handlers[st->kind](r, t, st);
	/* A joiner is back: the end of the thread it waited for can be told whole. */
	if (joining && r->n_late && st->kind == STOP_SYSCALL)
		tell_late_end_of(r, joining);
	return res;
}

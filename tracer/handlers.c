/* SPDX-License-Identifier: MIT */
#include "handlers.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "birth.h"
#include "calls.h"
#include "creators.h"
#include "emit.h"
#include "facts.h"
#include "postmortem.h"
#include "program.h"

/* A life too short for its CPU account to be worth its price. */
#define SHORT_LIFE_NS 1000000U

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
	bool calls = r->mode == MODE_ALL && !t->silent && t->state != TR_LAUNCHING;
	bool watched = r->mode == MODE_FILTER && (t->watch_next || (t->in_call && !t->unsettled));
	return (struct resume){ .op = calls || watched ? RESUME_SYSCALL : RESUME_CONT };
}

static const struct resume hold = { .op = RESUME_NONE };

/* ---- system calls ---- */

static struct resume on_call_entry(struct run *r, struct tracee *t, const struct syscall_stop *at, uint64_t t_ns)
{
	if (t->in_call && at->phase == PHASE_SECCOMP) /* its entry stop came just before: t was being watched */
		return go(r, t);
	if (t->watch_next && at->phase == PHASE_ENTRY) {
		enum call_id id = call_by_nr(abi_by_audit(at->arch), at->nr);
		t->watch_next = false;
		if (r->mode == MODE_FILTER && id != CALL_mprotect && id != CALL_madvise)
			return go(r, t); /* if it matters, the filter picks it in a moment */
	}
	t->watch_next = false;
	call_entered(r, t, at, t_ns);
	return go(r, t);
}

static struct resume on_syscall(struct run *r, struct tracee *t, const struct stop *st)
{
	struct syscall_stop at;

	if (t->silent || t->state == TR_LAUNCHING)
		return go(r, t);
	int err = r->k->syscall_stop(r->k->ctx, t->tid, &at);
	if (err)
		return go(r, t); /* -ESRCH: dying, the resume will say so too */
	if (at.phase == PHASE_ENTRY || at.phase == PHASE_SECCOMP)
		return on_call_entry(r, t, &at, st->t_ns);
	if (at.phase == PHASE_EXIT && t->in_call)
		call_returned(r, t, at.result, st->t_ns);
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

static void fill_birth(struct run *r, struct tracee *t, struct tracee *child, const struct stop *st)
{
	struct pending_birth *p = &child->birth;
	struct call call;
	struct regs regs;
	const struct abi *abi;

	if (t->in_call && is_creation(&t->call))
		call = t->call;
	else
		read_call_at_event(r, t, &call);
	*p = (struct pending_birth){
		.known = true, .creator_tid = t->tid, .creator_serial = t->serial, .silent = t->silent || !t->serial,
		.t_call_ns = t->in_call ? t->t_call_ns : 0, .t_event_ns = st->t_ns, .defects = call.defects,
	};
	if (is_creation(&call))
		p->args = call.u.clone;
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
		creator->holds_for = 0;
		child->birth.creator_stopped = true;
	}
	birth_by_call(r, child, first_ns, alive);
}

static struct resume on_creation(struct run *r, struct tracee *t, const struct stop *st)
{
	uint64_t msg;

	if (r->k->event_msg(r->k->ctx, t->tid, &msg) || msg == 0)
		return go(r, t);
	struct tracee *child = tracee_find(&r->tracees, (pid_t)msg);
	if (child && child->state != TR_EARLY && child->state != TR_EARLY_DEAD) {
		/* The tid was reused before its former owner's last report was fetched: that one is over. */
		end_of(r, child, 0, st->t_ns);
		child = NULL;
	}
	if (!child)
		child = tracee_new(&r->tracees, (pid_t)msg, TR_ANNOUNCED);
	if (!child) {
		fail(r, -ENOMEM);
		return go(r, t);
	}
	fill_birth(r, t, child, st);
	call_created(r, t, child->tid, st->t_ns);
	if (child->state == TR_ANNOUNCED) {
		t->holds_for = child->tid;
		return hold;
	}
	bool alive = child->state == TR_EARLY;
	child->birth.creator_stopped = true;
	give_birth(r, child, child->t_first_ns, alive);
	birth_tell(r);
	if (alive) {
		tracee_set_state(&r->tracees, child, TR_RUNNING);
		release(r, child);
	} else {
		end_of(r, child, child->end_wstatus, child->t_end_ns);
	}
	return go(r, t);
}

static struct resume on_first_stop(struct run *r, struct tracee *t, const struct stop *st)
{
	struct tracee *creator = tracee_find(&r->tracees, t->birth.creator_tid);
	bool held = creator && creator->holds_for == t->tid;

	give_birth(r, t, st->t_ns, true);
	tracee_set_state(&r->tracees, t, TR_RUNNING);
	if (held)
		release(r, creator);
	return go(r, t);
}

void adopt_early(struct run *r)
{
	struct tracee *t, *next;

	HASH_ITER(hh, r->tracees.by_tid, t, next) {
		if (t->state == TR_EARLY) {
			birth_adopted(r, t, true);
			tracee_set_state(&r->tracees, t, TR_RUNNING);
			struct resume res = go(r, t);
			(void)r->k->resume(r->k->ctx, t->tid, res.op, 0);
		} else if (t->state == TR_EARLY_DEAD) {
			birth_adopted(r, t, false);
			end_of(r, t, t->end_wstatus, t->t_end_ns);
		}
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
		struct event ev = { .kind = EV_END, .task = task, .t_ns = t_ns, .u.end = t->end };
		ev.u.end.how = END_EXEC;
		ev.u.end.by = by;
		fail(r, emit(r, &ev, true));
	}
	tracee_free(&r->tracees, t);
}

static struct tracee *exec_rename(struct run *r, struct tracee *t, pid_t former, uint64_t t_ns)
{
	struct tracee *caller = tracee_find(&r->tracees, former);

	if (!caller || former == t->tid)
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

	if (r->k->event_msg(r->k->ctx, t->tid, &msg) == 0)
		former = (pid_t)msg;
	t = exec_rename(r, t, former, st->t_ns);
	bool first = t->state == TR_LAUNCHING;
	t->tgid = t->tid;
	if (first) {
		tracee_set_state(&r->tracees, t, TR_RUNNING);
		program_identify(t->tid, &program);
		fail(r, run_begin(r, &program));
		birth_program(r, t, st->t_ns);
	} else if (!t->silent) {
		program_identify(t->tid, &program);
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
	tracee_leave_call(&r->tracees, t);
	t->watch_next = false;
	t->look_for = 0;
	fail(r, emit(r, &ev, !first));
	return go(r, t);
}

/* ---- the end ---- */

static bool someone_execs(struct run *r, const struct tracee *t)
{
	const struct tracee *o, *next;

	if (r->tracees.n_execs == 0)
		return false;
	/* Thousands may be torn down by one execve: as a rule it is the one that began last. */
	o = tracee_find(&r->tracees, r->tracees.exec_tid);
	if (o && o != t && o->tgid == t->tgid && o->in_call && (o->call.id == CALL_execve || o->call.id == CALL_execveat))
		return true;
	HASH_ITER(hh, r->tracees.by_tid, o, next)
		if (o != t && o->tgid == t->tgid && o->in_call && (o->call.id == CALL_execve || o->call.id == CALL_execveat))
			return true;
	return false;
}

/*
 * Why: the wait status in the event's message, and the call that the task is in. Another thread's exit_group and
 * another thread's execve both end it by an internal SIGKILL; execve leaves status 0.
 */
static void read_how(struct run *r, struct tracee *t, struct ev_end *e)
{
	struct regs regs = { 0 };
	const struct abi *abi = NULL;
	uint64_t msg = 0;

	(void)!r->k->event_msg(r->k->ctx, t->tid, &msg);
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
	else if (wstatus == 0 && someone_execs(r, t))
		e->how = END_EXEC;
	else
		e->how = END_EXIT_GROUP;
	e->by_other = e->how == END_EXIT_GROUP && in != CALL_exit_group;
}

static struct resume on_exit_stop(struct run *r, struct tracee *t, const struct stop *st)
{
	struct task *task = task_of(r, t);

	tracee_set_state(&r->tracees, t, TR_EXITING);
	if (!task)
		return go(r, t);
	struct ev_end *e = &t->end;
	struct task_usage u;
	*e = (struct ev_end){ .exit_stop_seen = true, .t_exit_ns = st->t_ns - r->t0_ns };
	read_how(r, t, e);
	facts_robust(r, t->tid, e);
	e->rseq_known = r->k->rseq(r->k->ctx, t->tid, &e->rseq) == 0;
	if (t->touched_now.known)
		e->touched = t->touched_now;
	else
		facts_touched(r, t, task, &e->touched);
	/*
	 * Two files of /proc a task, more than all that light mode does else. Of a short life they tell little but the
	 * stops that thrtrace itself made.
	 */
	if (r->mode != MODE_LIGHT && e->t_exit_ns - task->t_born_ns >= SHORT_LIFE_NS && r->k->usage(r->k->ctx, t->tid, &u) == 0) {
		e->cpu_known = true;
		e->cpu_ns = u.cpu_ns;
		e->wait_ns = u.wait_ns;
		e->voluntary = u.voluntary;
		e->involuntary = u.involuntary;
	}
	if (e->how == END_EXIT_GROUP && !e->by_other) {
		r->ender_tgid = t->tgid;
		r->ender_serial = t->serial;
		birth_io_workers(r, t);
	}
	tracee_leave_call(&r->tracees, t);
	task->t_exit_ns = e->t_exit_ns;
	if (t->tid == t->tgid && e->how == END_EXIT && task->group && task->group->live > 1) {
		struct event ev = { .kind = EV_LEADER_EXIT, .task = task, .t_ns = st->t_ns, .u.end = *e };
		fail(r, emit(r, &ev, true));
	}
	struct resume res = go(r, t);
	return res.op == RESUME_DETACH ? res : (struct resume){ .op = RESUME_CONT };
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

void tell_late_ends(struct run *r)
{
	for (size_t i = 0; i < r->n_late; i++) {
		struct late_end *l = &r->late[i];
		struct task *task = model_by_serial(r->model, l->serial);
		struct event ev = { .kind = EV_END, .task = task, .t_ns = l->t_ns, .u.end = l->end };
		if (task)
			fail(r, emit(r, &ev, true));
	}
	r->n_late = 0;
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

/* Whose exit_group it was, when exactly one other task of the process said so. */
static struct task *group_ender(struct run *r, const struct tracee *t)
{
	if (r->ender_tgid != t->tgid)
		return NULL;
	return model_by_serial(r->model, r->ender_serial);
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
	if (task) {
		struct event ev = { .kind = EV_END, .task = task, .t_ns = t_ns, .u.end = t->end };
		struct ev_end *e = &ev.u.end;
		if (!e->exit_stop_seen) {
			e->how = WIFSIGNALED(wstatus) ? END_SIGNAL : END_EXIT;
			e->sig = WIFSIGNALED(wstatus) ? WTERMSIG(wstatus) : 0;
			e->status = WIFEXITED(wstatus) ? WEXITSTATUS(wstatus) : 0;
		}
		e->core = WIFSIGNALED(wstatus) && WCOREDUMP(wstatus);
		if (e->by_other)
			e->by = group_ender(r, t);
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
	int wstatus = st->kind == STOP_EXITED ? st->code << 8 : st->sig | (st->core ? 0x80 : 0);

	if (t->state == TR_EARLY) { /* its creator has not spoken yet: keep its last word */
		tracee_set_state(&r->tracees, t, TR_EARLY_DEAD);
		t->end_wstatus = wstatus;
		t->t_end_ns = st->t_ns;
		return hold;
	}
	if (t->state == TR_ANNOUNCED) { /* killed before its first stop */
		struct tracee *creator = tracee_find(&r->tracees, t->birth.creator_tid);
		bool held = creator && creator->holds_for == t->tid;
		give_birth(r, t, st->t_ns, false);
		birth_tell(r);
		if (held)
			release(r, creator);
	}
	end_of(r, t, wstatus, st->t_ns);
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

	if (t->state != TR_EXITING)
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

	if (t->state == TR_ANNOUNCED)
		return on_first_stop(r, t, st);
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

/* A tid that nobody announced. */
static struct resume on_unknown(struct run *r, const struct stop *st)
{
	if (st->kind == STOP_EXITED || st->kind == STOP_KILLED)
		return hold;
	struct tracee *t = tracee_new(&r->tracees, st->tid, TR_EARLY);
	if (!t) {
		fail(r, -ENOMEM);
		return (struct resume){ .op = RESUME_CONT };
	}
	t->t_first_ns = st->t_ns;
	return hold;
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
	if (t->state == TR_EARLY && st->kind != STOP_EXITED && st->kind != STOP_KILLED)
		/* Woken out of its held stop by SIGKILL. An exit stop must not be kept: nothing can end it but a resume. */
		return st->kind == STOP_EXIT ? (struct resume){ .op = RESUME_CONT } : hold;
	t->touched_now.known = false;
	if (t->unsettled && st->kind != STOP_EXITED && st->kind != STOP_KILLED)
		call_settle(r, t, true);
	if (t->look_for && st->kind != STOP_EXITED && st->kind != STOP_KILLED && st->kind != STOP_EXEC)
		call_find_registrations(r, t);
	uint32_t joining = t->joins;
	struct resume res = handlers[st->kind](r, t, st);
	/* A joiner is back: the end of the thread it waited for can be told whole. */
	if (joining && r->n_late && st->kind == STOP_SYSCALL)
		tell_late_end_of(r, joining);
	return res;
}

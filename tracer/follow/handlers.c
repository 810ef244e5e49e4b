/* SPDX-License-Identifier: MIT */
/* Which handler a stop goes to, and those of system calls, signals and group-stops. */
#include "follow/handlers.h"

#include <errno.h>
#include <linux/sched.h>
#include <sys/ptrace.h>

#include "follow/attach.h"
#include "follow/attach_meanwhile.h"
#include "follow/attached.h"
#include "follow/birth.h"
#include "follow/blocked.h"
#include "follow/calls.h"
#include "creators/creators.h"
#include "follow/facts.h"
#include "follow/fault_facts.h"
#include "follow/rival.h"
#include "follow/untraced.h"
#include "follow/handlers_impl.h"

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
		return handle_go(r, t);
	if (r->asked.mode == MODE_FILTER && at->phase == PHASE_ENTRY &&
		!of_interest(call_by_nr(abi_by_audit(at->arch), at->nr))) {
		if (t->watch_calls)
			t->watch_calls--;
		return handle_go(r, t); /* if it matters all the same, the filter picks it in a moment */
	}
	t->watch_calls = 0;
	call_entered(r, t, at, t_ns);
	return handle_go(r, t);
}

static void on_call_exit(struct run *r, struct tracee *t, const struct syscall_stop *at, const struct stop *st)
{
	bool attached = handle_is_creation(&t->call) && (t->call.u.clone.flags & CLONE_PTRACE) &&
		!call_failed(at->result);

	if (attached) {
		struct call call = t->call;
		call_created(r, t, (pid_t)at->result, st->t_ns);
		handle_attached(r, t, &call, (pid_t)at->result, st);
	} else {
		call_returned(r, t, at->result, st->t_ns);
	}
}

/*
 * A filter of the program's own asks for a tracer, of which without thrtrace there would be none: the call fails with
 * ENOSYS (seccomp(2), SECCOMP_RET_TRACE). Letting it pass would open the program's sandbox.
 */
static struct resume on_foreign_filter(struct run *r, struct tracee *t, const struct syscall_stop *at, uint64_t t_ns)
{
	enum call_id id = call_by_nr(abi_by_audit(at->arch), at->nr);

	if (!t->silent && id != CALL_exit && id != CALL_exit_group) /* these end nobody now */
		(void)on_call_entry(r, t, at, t_ns);
	t->return_skipped = false;
	t->injected = false;
	(void)!r->k->refuse_call(r->k->ctx, t->tid, ENOSYS); /* -ESRCH: it dies, and makes no call any more */
	return handle_go(r, t);
}

static struct resume on_syscall(struct run *r, struct tracee *t, const struct stop *st)
{
	struct syscall_stop at;

	if (t->state == TR_LAUNCHING || (t->silent && !r->syscall_filter_child))
		return handle_go(r, t);
	int err = r->k->syscall_stop(r->k->ctx, t->tid, &at);
	if (err)
		return handle_go(r, t); /* -ESRCH: dying, the resume will say so too */
	if (at.phase == PHASE_SECCOMP && at.foreign)
		return on_foreign_filter(r, t, &at, st->t_ns);
	if (at.phase == (r->asked.mode == MODE_FILTER ? PHASE_SECCOMP : PHASE_ENTRY))
		rival_entered(r, t, &at);
	if (at.phase == PHASE_ENTRY || at.phase == PHASE_SECCOMP) {
		struct resume res = t->silent ? handle_go(r, t) : on_call_entry(r, t, &at, st->t_ns);
		/* After the call was read as it is. */
		if (at.phase == PHASE_SECCOMP && !t->injected && untraced_take(r, t, &at))
			res.op = RESUME_SYSCALL;
		return res;
	}
	untraced_put_back(r, t, at.phase == PHASE_EXIT);
	if (!t->silent && at.phase == PHASE_EXIT && t->in_call)
		on_call_exit(r, t, &at, st);
	if (at.phase == PHASE_EXIT)
		rival_answered(r, t, at.result);
	return handle_go(r, t);
}

/* ---- signals and stops ---- */

static bool is_fault(int sig)
{
	return sig == SIGSEGV || sig == SIGBUS || sig == SIGFPE || sig == SIGILL || sig == SIGTRAP;
}

/* Whoever sends it may do so because the program hangs: this is the last moment to see why. */
static bool asks_to_end(int sig)
{
	return sig == SIGINT || sig == SIGTERM || sig == SIGQUIT || sig == SIGHUP || sig == SIGALRM;
}

/* Numbers in the pid namespace of the task are those that thrtrace's /proc has. */
static bool has_our_numbers(struct run *r, const struct tracee *t)
{
	uint64_t its, programs;

	if (r->attach) {
		const struct attached_process *p = attached_process_of(r, t->tgid);
		return p && !p->other_pid_ns;
	}
	return !r->main.ended && r->k->ns(r->k->ctx, t->tid, "pid", &its) == 0 &&
		r->k->ns(r->k->ctx, r->main.tid, "pid", &programs) == 0 && its == programs;
}

/* The name of who sent a signal, while he is there. */
static const char *name_sender(struct run *r, const struct tracee *t, pid_t sender, char comm[COMM_LEN])
{
	if (!sender || !has_our_numbers(r, t))
		return NULL;
	facts_comm(r, sender, comm);
	return comm[0] ? comm : NULL;
}

static struct resume on_signal(struct run *r, struct tracee *t, const struct stop *st)
{
	const struct task *task = run_task(r, t);
	struct resume res = handle_go(r, t);
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
		s->sender = info.si_code == SI_USER || info.si_code == SI_TKILL || info.si_code == SI_QUEUE ?
			info.si_pid :
			0;
	}
	bool harmless = st->sig == SIGCHLD || st->sig == SIGCONT || st->sig == SIGURG || st->sig == SIGWINCH;
	bool stops = st->sig == SIGSTOP || st->sig == SIGTSTP || st->sig == SIGTTIN || st->sig == SIGTTOU;
	s->fatal = !harmless && !stops && !facts_signal_handled(r, t->tid, st->sig);
	char sender[COMM_LEN];
	if (s->fatal)
		s->sender_comm = name_sender(r, t, s->sender, sender);
	struct backtrace bt = { .n = 0 };
	struct fault_verdict verdict;
	if (is_fault(st->sig))
		fault_look(r, t, task, s, &bt, &verdict);
	if (s->fatal && asks_to_end(st->sig) && has_our_numbers(r, t))
		(void)!blocked_look(r, t->tgid);
	bool libc_own = st->sig >= 32 && st->sig <= 34;
	bool asked = choice_has_signal(&r->asked.choice, st->sig) || (r->asked.choice.by_rule && libc_own);
	run_tell(r, &ev, asked || s->fatal || s->verdict);
	return res;
}

/*
 * A thread's report of a group-stop that SIGCONT has ended already, which was told from another thread's. A new one
 * begins with the signal's delivery: that is reported, unless other threads of the process are none of ours.
 */
static bool is_stale_stop(const struct run *r, const struct group *g)
{
	return g->went_on && !g->to_stop && !(r->attach && r->attach->only_thread);
}

static struct resume on_group_stop(struct run *r, struct tracee *t, const struct stop *st)
{
	const struct task *task = run_task(r, t);

	if (t->detach)
		return handle_go(r, t);
	if (t->state == TR_RUNNING) /* before the program's execve it stays what it is */
		tracee_set_state(&r->tracees, t, TR_LISTENING);
	if (task && task->group && !task->group->stopped && !is_stale_stop(r, task->group)) {
		struct event ev = {
			.kind = EV_STOPPED, .task = task, .t_ns = st->t_ns, .u.signal = { .sig = st->sig }
		};
		run_tell(r, &ev, true);
	}
	return (struct resume){ .op = RESUME_LISTEN };
}

static struct resume on_trap(struct run *r, struct tracee *t, const struct stop *st)
{
	const struct task *task = run_task(r, t);

	if (t->state == TR_LISTENING) {
		tracee_set_state(&r->tracees, t, TR_RUNNING);
		if (task && task->group && task->group->stopped) {
			struct event ev = { .kind = EV_CONTINUED, .task = task, .t_ns = st->t_ns };
			run_tell(r, &ev, true);
		}
	}
	return handle_go(r, t);
}

struct resume handle_release(struct run *r, struct tracee *t)
{
	struct stop st = { .kind = STOP_GROUP, .tid = t->tid, .sig = t->first_sig, .t_ns = run_now(r) };

	t->first_sig = 0;
	return st.sig ? on_group_stop(r, t, &st) : handle_go(r, t);
}

/* ---- children whose creator has not spoken ---- */

/* Its exit stop must not be kept: nothing can end that but a resume. What it shows is read now, for later. */
static struct resume on_early_exit(struct run *r, struct tracee *t, const struct stop *st)
{
	int64_t tgid = facts_status(r, t->tid, "Tgid:"), ppid = facts_status(r, t->tid, "PPid:");

	t->tgid = tgid > 0 ? (pid_t)tgid : t->tid;
	t->ppid = ppid > 0 ? (pid_t)ppid : 0;
	handle_read_exit(r, t, NULL, st);
	tracee_set_state(&r->tracees, t, TR_EARLY_EXITING);
	return (struct resume){ .op = RESUME_CONT };
}

static void keep_last_word(struct run *r, struct tracee *t, const struct stop *st)
{
	tracee_set_state(&r->tracees, t, TR_EARLY_DEAD);
	t->end_wstatus = handle_wstatus(st);
	t->t_end_ns = st->t_ns;
}

/* -o '|command' is a child of ours as well. It reports its end alone, and then its number may be another's. */
static bool was_command(struct run *r, const struct stop *st)
{
	if (!r->command || st->tid != r->command)
		return false;
	r->command = 0;
	return true;
}

/* A tid that nobody announced. */
static struct resume on_unknown(struct run *r, const struct stop *st)
{
	if (was_command(r, st))
		return hold;
	struct tracee *t = tracee_new(&r->tracees, st->tid, TR_EARLY);
	if (!t) {
		run_fail(r, -ENOMEM);
		return (struct resume){ .op = RESUME_CONT };
	}
	t->t_first_ns = st->t_ns;
	t->first_sig = st->kind == STOP_GROUP ? st->sig : 0;
	if (handle_is_gone(st))
		keep_last_word(r, t, st);
	return st->kind == STOP_EXIT ? on_early_exit(r, t, st) : hold;
}

/* Only SIGKILL wakes a held child. */
static struct resume on_early(struct run *r, struct tracee *t, const struct stop *st)
{
	if (t->state == TR_EARLY_DEAD) { /* its tid has a new owner already: it is not waited for any longer */
		handle_adopt(r, t);
		return on_unknown(r, st);
	}
	if (handle_is_gone(st)) {
		keep_last_word(r, t, st);
		return hold;
	}
	return st->kind == STOP_EXIT ? on_early_exit(r, t, st) : hold;
}

/* ---- the last word ---- */

static struct resume on_gone(struct run *r, struct tracee *t, const struct stop *st)
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

typedef struct resume (*handler)(struct run *r, struct tracee *t, const struct stop *st);

static struct resume on_other(struct run *r, struct tracee *t, const struct stop *st)
{
	(void)st;
	return handle_go(r, t);
}

struct resume handle_stop(struct run *r, struct tracee *t, const struct stop *st)
{
	static const handler handlers[STOP_KINDS] = {
		[STOP_SYSCALL] = on_syscall,
		[STOP_SECCOMP] = on_syscall,
		[STOP_CLONE] = handle_creation,
		[STOP_FORK] = handle_creation,
		[STOP_VFORK] = handle_creation,
		[STOP_VFORK_DONE] = on_other,
		[STOP_EXEC] = handle_exec,
		[STOP_EXIT] = handle_exit_stop,
		[STOP_SIGNAL] = on_signal,
		[STOP_GROUP] = on_group_stop,
		[STOP_TRAP] = on_trap,
		[STOP_EXITED] = on_gone,
		[STOP_KILLED] = on_gone,
	};

	if (!t)
		return on_unknown(r, st);
	if (tracee_is_early(t))
		return on_early(r, t, st);
	if (t->state == TR_ATTACHED) {
		struct resume res;
		if (attach_passes(r, t, st, &res))
			return res;
		attach_reported(r, t, st);
	}
	tracee_hold(&r->tracees, t, 0, 0); /* whatever it was held for: SIGKILL has woken it */
	if (t->state == TR_ANNOUNCED && !handle_is_gone(st))
		handle_first_stop(r, t, st);
	t->touched_now.known = false;
	if (t->return_skipped && !handle_is_gone(st))
		call_settle(r, t, true);
	if (t->expects && !handle_is_gone(st) && st->kind != STOP_EXEC)
		call_find_registrations(r, t, st->t_ns);
	uint32_t joining = t->joins;
	struct resume res = handlers[st->kind](r, t, st);
	/* A joiner is back: the end of the thread it waited for can be told whole. */
	if (joining && r->ends.n_late && st->kind == STOP_SYSCALL)
		handle_late_end_of(r, joining);
	return res;
}

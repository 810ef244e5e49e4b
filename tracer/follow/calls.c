/* SPDX-License-Identifier: MIT */
#include "follow/calls.h"

#include <errno.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "creators/creators.h"
#include "follow/birth.h"
#include "follow/blocked.h"
#include "follow/creds.h"
#include "follow/facts.h"
#include "follow/handlers.h"
#include "follow/held_calls.h"
#include "follow/kernel_threads.h"
#include "filter/filter.h"
#include "follow/postmortem.h"
#include "follow/unjoined.h"
#include "follow/waiting.h"
#include <thrtrace/procstat.h>
#include <thrtrace/shows.h>

/* The thread that this failed call was for, where pthread_create asks for what the thread's attributes say. */
static const struct task *unstarted(struct run *r, const struct tracee *t, const struct task *task)
{
	enum call_id id = t->call.id;

	if (!r->creators || !r->asks_waits || (id != CALL_sched_setscheduler && id != CALL_sched_setaffinity))
		return NULL;
	const struct task *on = model_by_tid(r->tell.model, (pid_t)t->call.arg[0]);
	if (!on || on == task || on->tgid != task->tgid || on->creator != task->id.serial)
		return NULL;
	return creators_waits(r->creators, (struct task_ids){ t->tid, t->tgid }) == WAITS_TO_CREATE ? on : NULL;
}

/* It is in its last call already, and no handler of its runs any more; its exit stop has yet to be reported. */
static bool is_leaving(struct run *r, pid_t tid)
{
	char text[256];
	struct procsyscall now;

	if (!r->asks_rest || !facts_text(r, tid, "syscall", text, sizeof(text)) || procsyscall_parse(&now, text) ||
		!now.asleep || now.nr < 0)
		return false;
	enum call_id id = call_by_nr(abi_native(), (uint64_t)now.nr);
	return id == CALL_exit || id == CALL_exit_group;
}

/* t_ns: when it returned; 0: nobody saw when. */
static void tell_call(
	struct run *r, struct tracee *t, const struct task *task, enum result_kind how, int64_t result, uint64_t t_ns)
{
	struct event ev = {
		.kind = EV_CALL, .task = task, .t_ns = t->t_call_ns,
		.u.call = {
			.call = &t->call, .how = how, .result = result,
			.took_ns = how == RESULT_SEEN && t_ns ? t_ns - t->t_call_ns : 0,
			.asleep_ns = how != RESULT_SEEN && t->begun && t_ns ? t_ns - t->t_call_ns : 0,
			.resumed = t->begun, .touched = t->touched, .argv = t->argv,
		},
	};

	if (t->call.id == CALL_futex) {
		ev.u.call.joins = t->joins ? model_by_serial(r->tell.model, t->joins) : NULL;
		ev.u.call.waits = t->waits;
	}
	if ((how == RESULT_SEEN || t->begun) && t_ns)
		ev.t_ns = t_ns;
	bool failed = how == RESULT_SEEN && call_failed(result);
	ev.u.call.injected = failed && t->injected;
	if (failed)
		ev.u.call.unstarted = unstarted(r, t, task);
	run_fail(r, telling_apply(&r->tell, &ev));
	if (ev.u.call.altstack_rival && is_leaving(r, ev.u.call.altstack_rival->id.tid))
		ev.u.call.altstack_rival = NULL;
	struct failure why;
	if (failed && !t->injected && failure_is_explained(&t->call) && shows_call(&r->asked.choice, &ev) != SHOW_NO &&
		result > -512) {
		failure_explain(r, t, (int)-result, &why);
		ev.u.call.verdict = &why.verdict;
		ev.u.call.limits = &why.facts;
	}
	ev.u.call.own_filter = r->syscall_filter_child && !r->foreign_filter;
	ev.u.call.fell_back = !failed && t->call.id == CALL_clone && t->clone3_refused;
	if (t->call.id == CALL_clone3 || t->call.id == CALL_clone)
		t->clone3_refused = t->call.id == CALL_clone3 && result == -ENOSYS;
	if (t->call.id == CALL_mmap && how == RESULT_SEEN && !failed && !(t->call.arg[3] & MAP_FIXED))
		held_calls_mapped(t, (taddr)result, t->call.arg[1]);
	switch (shows_call(&r->asked.choice, &ev)) {
	case SHOW_YES:
		if (failed && t->call.id == CALL_mprotect)
			held_calls_show_at(r, t, task, t->call.arg[0]);
		run_fail(r, telling_show(&r->tell, &ev));
		break;
	case SHOW_IF_STACK:
		held_call_add(r, t, &ev, ev.u.call.verdict ? &why : NULL);
		break;
	case SHOW_NO:
		break;
	}
}

/* ---- entry ---- */

/* Now: an execve that succeeds leaves nothing of it. */
static char *argv_of(struct run *r, const struct tracee *t, const struct call *call)
{
	struct task_mem ctx = { r->k, t->tid };
	struct mem mem = task_mem(&ctx);
	struct outbuf out;

	if (!r->asks_argv)
		return NULL;
	outbuf_init(&out, 1 << 16);
	call_argv_format(call, &mem, &out);
	char *text = outbuf_status(&out) ? NULL : strdup(outbuf_str(&out));
	outbuf_release(&out);
	return text;
}

static enum end_wait waits_to(struct run *r, const struct tracee *t, const struct task *task, const struct task *on)
{
	enum end_wait waits = WAITS_EITHER;

	if (!on || !r->asks_waits || !model_wait_is_doubtful(task, on, (uint32_t)t->call.arg[2]))
		return WAITS_TO_JOIN;
	if (r->creators)
		waits = creators_waits(r->creators, (struct task_ids){ t->tid, t->tgid });
	bool goes_on = on->joiner == task->id.serial && !on->joined;
	return waits == WAITS_EITHER && goes_on ? WAITS_TO_JOIN : waits;
}

/* Its end was told when it was let go, and it is about to clear its word, or has. */
static const struct task *joins_left(struct run *r, const struct tracee *t)
{
	uint32_t op = (uint32_t)t->call.arg[1], cmd = op & FUTEX_CMD_MASK_;
	bool waits = cmd == FUTEX_WAIT || cmd == FUTEX_WAIT_BITSET;

	return waits && !(op & FUTEX_PRIVATE_FLAG) ? left_by_word(r, t->tgid, t->call.arg[0]) : NULL;
}

static void begin_join(struct run *r, struct tracee *t, const struct task *task, uint64_t t_ns)
{
	const struct task *joined = model_joined_by_wait(
		r->tell.model, task, t->call.arg[0], (uint32_t)t->call.arg[1], (uint32_t)t->call.arg[2]);

	if (!joined)
		joined = joins_left(r, t);
	t->joins = joined ? joined->id.serial : 0;
	t->waits = waits_to(r, t, task, joined);
	if (!joined)
		waiting_entered(r, t, task);
	if (!joined && r->asked.choice.by_rule)
		return;
	struct event ev = { .kind = EV_CALL_BEGIN,
		.task = task,
		.t_ns = t_ns,
		.u.call = { .call = &t->call, .joins = joined, .waits = t->waits } };
	t->begun = shows_begin(&r->asked.choice, CALL_futex);
	run_tell(r, &ev, t->begun);
}

/* These are shown, and tell the model something, only where they touch a stack or what may become one. */
static bool touches_no_area(const struct run *r, const struct tracee *t, const struct task *task)
{
	return r->asked.choice.by_rule && !model_area(r->tell.model, task, t->call.arg[0]);
}

static bool wants_result(const struct run *r, const struct tracee *t, const struct task *task)
{
	switch ((int)t->call.id) {
	case CALL_OTHER:
	case CALL_exit:
	case CALL_exit_group:
		return false;
	case CALL_futex:
		return t->begun || !r->asked.choice.by_rule;
	case CALL_mprotect:
	case CALL_madvise:
		return !touches_no_area(r, t, task);
	default:
		return true;
	}
}

/* glibc gives a block back from its guard on; what was touched of it is known only before that. */
static bool in_own_stack(const struct task *task, taddr at)
{
	const struct stack_area *s = &task->stack;

	return at < s->high && at >= (s->guard_bytes ? s->guard_low : s->low);
}

/*
 * A return costs a stop. Where the call can hardly fail, and its effect can be seen later, that stop is spared; the
 * effect is looked up at the task's next one (call_settle). Whoever asked for calls by name gets every return.
 */
static bool return_is_spared(struct run *r, const struct tracee *t, const struct task *task)
{
	const struct call *c = &t->call;
	taddr area;

	if (r->asked.mode != MODE_FILTER || !r->asked.choice.by_rule || c->abi != abi_native())
		return false;
	switch ((int)c->id) {
	case CALL_rseq: /* a second registration fails */
		return c->arg[2] == 0 && r->k->rseq(r->k->ctx, t->tid, &area) == 0 && area == 0;
	case CALL_set_robust_list: /* fails for any other length */
		return c->arg[1] == FILTER_ROBUST_BYTES;
	case CALL_madvise:
		return c->arg[2] == MADV_DONTNEED && in_own_stack(task, c->arg[0]);
	default:
		return false;
	}
}

/* ---- calls that are made to fail ---- */

/* Whether the kernel was kept from making it. */
static bool inject(struct run *r, struct tracee *t)
{
	const struct call_choice *c = &r->asked.choice;

	for (unsigned i = 0; i < c->n_injects; i++) {
		if (c->inject[i].id != t->call.id)
			continue;
		if (t->injectable[i] < UINT16_MAX)
			t->injectable[i]++;
		t->injected = inject_hits(&c->inject[i], t->injectable[i]) &&
			r->k->refuse_call(r->k->ctx, t->tid, c->inject[i].error) == 0;
	}
	return t->injected;
}

bool call_entered(struct run *r, struct tracee *t, const struct syscall_stop *at, uint64_t t_ns)
{
	const struct abi *abi = abi_by_audit(at->arch);
	const struct task *task = run_task(r, t);
	struct call call;

	if (!task)
		return false;
	facts_decode(r, t->tid, abi, at->nr, at->arg, &call);
	if (call.id == CALL_OTHER) {
		tracee_leave_call(&r->tracees, t);
		return false;
	}
	tracee_enter_call(&r->tracees, t, &call, t_ns);
	t->touched = (struct touched){ 0 };
	t->joins = 0;
	if (inject(r, t))
		return true;
	if (call.id == CALL_rseq || call.id == CALL_set_robust_list) /* it is told as a call */
		t->expects &= (uint8_t)(call.id == CALL_rseq ? ~REGISTERS_RSEQ : ~REGISTERS_ROBUST_LIST);
	if (call.id == CALL_madvise && call.arg[2] == MADV_DONTNEED && in_own_stack(task, call.arg[0]))
		facts_touched(r, t, task, &t->touched);
	if (call.id == CALL_futex)
		begin_join(r, t, task, t_ns);
	creds_look(r, t->tgid, t_ns);
	if (call.id == CALL_exit_group) { /* the others' ends may well be reported before its own */
		blocked_at_exit(r, t, task);
		r->ends.ender_tgid = t->tgid;
		r->ends.ender_serial = t->serial;
		kernel_threads_look(r, t->tgid);
	}
	if (call.id == CALL_execve || call.id == CALL_execveat) {
		t->argv = argv_of(r, t, &call);
		kernel_threads_look(r, t->tgid);
		unjoined_look(r, t, task, false);
	}
	if (!wants_result(r, t, task)) {
		if (call.id == CALL_exit || call.id == CALL_exit_group)
			tell_call(r, t, task, RESULT_NEVER, 0, t_ns);
		tracee_leave_call(&r->tracees, t);
		return false;
	}
	t->return_skipped = return_is_spared(r, t, task);
	return true;
}

/* ---- return ---- */

/*
 * The default filter lets rseq and set_robust_list pass in the one form that C libraries use at each thread's start
 * (filter_seccomp.c). The kernel keeps what they registered, which only the task itself can have done: from that and
 * from the form, the call is told at the task's next stop.
 */

/* t_ns: when it was found. It was made between the birth and then. */
static void tell_registration(
	struct run *r, struct tracee *t, enum call_id id, const uint64_t arg[CALL_ARGS], uint64_t t_ns)
{
	const struct task *task = run_task(r, t);
	struct call call;

	if (!task)
		return;
	facts_decode(r, t->tid, abi_native(), (uint64_t)call_nr(abi_native(), id), arg, &call);
	tracee_enter_call(&r->tracees, t, &call, t_ns);
	t->touched = (struct touched){ 0 };
	t->joins = 0;
	tell_call(r, t, task, RESULT_SEEN, 0, 0);
	tracee_leave_call(&r->tracees, t);
}

void call_find_registrations(struct run *r, struct tracee *t, uint64_t t_ns)
{
	taddr at;

	if (t->in_call)
		return;
	if ((t->expects & REGISTERS_RSEQ) && r->k->rseq(r->k->ctx, t->tid, &at) == 0 && at) {
		t->expects &= (uint8_t)~REGISTERS_RSEQ;
		tell_registration(r, t, CALL_rseq,
			(uint64_t[CALL_ARGS]){ at, FILTER_RSEQ_BYTES, 0, abi_native()->rseq_sig }, t_ns);
	}
	if ((t->expects & REGISTERS_ROBUST_LIST) && r->k->robust_list(r->k->ctx, t->tid, &at) == 0 && at) {
		t->expects &= (uint8_t)~REGISTERS_ROBUST_LIST;
		tell_registration(r, t, CALL_set_robust_list, (uint64_t[CALL_ARGS]){ at, FILTER_ROBUST_BYTES }, t_ns);
	}
	if (--t->tries_left == 0)
		t->expects = 0;
}

/* Whether what the call asked for is so. */
static bool took_effect(struct run *r, struct tracee *t, const struct task *task)
{
	const struct call *c = &t->call;
	taddr at = 0, high = c->arg[0] + page_round_up(c->arg[1], kernel_page(r->k));

	switch ((int)c->id) {
	case CALL_rseq:
		return r->k->rseq(r->k->ctx, t->tid, &at) == 0 && at == c->arg[0];
	case CALL_set_robust_list:
		return r->k->robust_list(r->k->ctx, t->tid, &at) == 0 && at == c->arg[0];
	case CALL_madvise: /* no page of it is there any more */
		facts_touched(r, t, task, &t->touched_now);
		return t->touched_now.known && t->touched_now.lowest >= high;
	default:
		return false;
	}
}

void call_settle(struct run *r, struct tracee *t, bool stopped)
{
	const struct task *task = run_task(r, t);

	if (task && stopped && took_effect(r, t, task))
		tell_call(r, t, task, RESULT_SEEN, 0, 0);
	else if (task)
		tell_call(r, t, task, RESULT_NOT_SEEN, 0, 0);
	tracee_leave_call(&r->tracees, t);
}

static void end_join(struct run *r, struct tracee *t, const struct task *task, int64_t result, uint64_t t_ns)
{
	const struct task *joined = t->joins && t->waits == WAITS_TO_JOIN ? model_by_serial(r->tell.model, t->joins) :
									    NULL;

	/*
	 * Anything else (a signal, a timeout) is no end of the wait: the C library looks again. EAGAIN: it was over
	 * already.
	 */
	if (!joined || (result != 0 && result != -EAGAIN))
		return;
	/*
	 * The joiner of every libc goes on waiting until the word is 0; musl's first changes from joinable to
	 * exiting.
	 */
	uint32_t word = 0;
	facts_used(r, t->tid, t->call.arg[0], sizeof(word));
	if (r->k->read_mem(r->k->ctx, t->tid, t->call.arg[0], &word, sizeof(word)) == sizeof(word) && word != 0)
		return;
	struct event ev = {
		.kind = EV_JOIN, .task = task, .t_ns = t_ns, .u.join = { .joined = joined, .over = result == -EAGAIN }
	};
	run_tell(r, &ev, true);
}

/*
 * An mmap whose memory may become a stack: what follows it tells where the guard is, and no filter rule knows its
 * address.
 */
static bool opens_stack(const struct tracee *t, int64_t result)
{
	return t->call.id == CALL_mmap && !call_failed(result) && (t->call.arg[3] & MAP_ANONYMOUS) &&
		((t->call.arg[3] & MAP_STACK) || t->call.arg[2] == PROT_NONE);
}

/*
 * Of several filters the strictest answer wins, and an ERRNO hides our TRACE (seccomp(2)): a sandbox that refuses
 * clone3 would keep the failure from us. From a stack's mmap on, and right after a filter was installed, calls are
 * therefore looked at by PTRACE_SYSCALL, until the clone comes or this many have passed.
 */
#define WATCH_LONG 16

static bool installs_filter(const struct tracee *t, int64_t result)
{
	if (result != 0)
		return false;
	return (t->call.id == CALL_seccomp && t->call.arg[0] == SECCOMP_SET_MODE_FILTER) ||
		(t->call.id == CALL_prctl && (int)t->call.arg[0] == PR_SET_SECCOMP &&
			t->call.arg[1] == SECCOMP_MODE_FILTER);
}

/* A step on the way from an mmap to a clone; a clone3 that failed is one, too: the C library may try clone next. */
static bool stack_call(const struct tracee *t)
{
	return t->call.id == CALL_mprotect || t->call.id == CALL_madvise || t->call.id == CALL_clone3;
}

void call_returned(struct run *r, struct tracee *t, int64_t result, uint64_t t_ns)
{
	const struct task *task = run_task(r, t);
	const struct call_row *row = call_row(t->call.id);

	if (!task || !row) {
		tracee_leave_call(&r->tracees, t);
		return;
	}
	if (t->call.id == CALL_unshare || t->call.id == CALL_setns)
		t->proved = false;
	bool created = (row->traits & CALL_CREATES) && !call_failed(result);
	if (row->traits & CALL_CREATES) /* also when it failed: they led to it */
		held_calls_show(r, t, task, &t->call);
	tell_call(r, t, task, RESULT_SEEN, result, t_ns);
	if (installs_filter(t, result))
		r->foreign_filter = true;
	if (!call_failed(result))
		creds_changed(r, t, task, t_ns);
	if (opens_stack(t, result))
		t->watch_calls = r->foreign_filter ? WATCH_LONG : 1;
	else if (r->foreign_filter && (stack_call(t) || installs_filter(t, result)))
		t->watch_calls = WATCH_LONG;
	if (created) /* and no event came: the flags forbade it */
		birth_untraced(r, t, (pid_t)result, t_ns);
	if (t->call.id == CALL_futex)
		end_join(r, t, task, result, t_ns);
	tracee_leave_call(&r->tracees, t);
}

/* The kernel copied the struct a moment after thrtrace did: another thread may have written in between. */
static void recheck(struct run *r, struct tracee *t)
{
	struct task_mem ctx = { r->k, t->tid };
	struct mem mem = task_mem(&ctx);

	if (t->call.id == CALL_clone3)
		call_recheck(&t->call, &mem);
}

void call_created(struct run *r, struct tracee *t, pid_t child, uint64_t t_ns)
{
	const struct task *task = run_task(r, t);

	if (task && t->in_call) {
		recheck(r, t);
		held_calls_show(r, t, task, &t->call);
		tell_call(r, t, task, RESULT_SEEN, child, t_ns);
	}
	tracee_leave_call(&r->tracees, t);
}

void call_abandoned(struct run *r, struct tracee *t, uint64_t t_ns)
{
	const struct task *task = run_task(r, t);

	if (task && t->in_call)
		tell_call(r, t, task, RESULT_NEVER, 0, t_ns);
	tracee_leave_call(&r->tracees, t);
}

/* SPDX-License-Identifier: MIT */
/* Each row of findings.def: one event that has the finding, and one like it that has not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <thrtrace/abi.h>
#include <thrtrace/fault.h>
#include <thrtrace/findings.h>
#include <thrtrace/uapi.h>
#include <thrtrace/verdict.h>

#include "teller.h"

#define LOW         0x7f0000000000
#define HIGH        0x7f0000010000
#define TLS         0x7f0000010100
#define CREATOR_LOW 0x7e0000000000
#define CREATOR_SP  0x7e000000f000
#define THREAD      0x3d0f00

#define LONG_JOIN_NS 4000000

/* An event and all that it points to; each test changes a thing or two. */
struct scene {
	struct event ev;
	struct task task, creator, other;
	struct call call;
	struct verdict verdict;
	struct failure_facts limits;
	struct fault_verdict fault;
	const struct model *m; /* NULL: not asked */
};

static void call(struct scene *s)
{
	s->call = (struct call){ .id = CALL_clone3 };
	s->ev = (struct event){ .kind = EV_CALL, .task = &s->task, .u.call = { .call = &s->call, .how = RESULT_SEEN } };
}

static void fault(struct scene *s)
{
	s->fault = (struct fault_verdict){ .text = "a fault" };
	s->ev = (struct event){
		.kind = EV_SIGNAL, .task = &s->task, .u.signal = { .sig = 11, .fatal = true, .verdict = &s->fault }
	};
}

/* A thread as pthread_create makes it. */
static void birth(struct scene *s)
{
	s->creator.stack = (struct stack_area){ .low = CREATOR_LOW, .high = CREATOR_LOW + 0x10000 };
	s->task.stack = (struct stack_area){ .low = LOW, .high = HIGH };
	s->ev = (struct event){
		.kind = EV_BIRTH,
		.task = &s->task,
		.u.birth = {
			.kind = BIRTH_CALL,
			.args = { .via = VIA_CLONE, .flags = THREAD, .stack = HIGH, .tls = TLS },
			.creator = &s->creator,
			.facts = {
				.sp = HIGH,
				.tp = TLS,
				.regs_known = true,
				.tp_known = true,
				.creator_sp = CREATOR_SP,
				.creator_tp = 0x7e0000020000,
				.creator_known = true,
				.at_sp = { .low = LOW, .high = HIGH, .prot = VMA_READ | VMA_WRITE },
				.at_sp_known = true,
				.at_tp = AT_MAPPING,
			},
		},
	};
}

static void exec(struct scene *s)
{
	s->ev = (struct event){ .kind = EV_EXEC, .task = &s->task, .u.exec.path = "/bin/su" };
}

static void end(struct scene *s)
{
	s->ev = (struct event){ .kind = EV_END, .task = &s->task, .u.end = { .how = END_EXIT, .robust_known = true } };
}

/* T7 waits for a task whose creation named 0x1000 for its tid, and whose end clears it. */
static void wait(struct scene *s)
{
	s->ev = (struct event){ .kind = EV_ODDITY,
		.task = &s->task,
		.u.oddity = { .kind = ODD_WAIT,
			.wait = { .addr = 0x1000, .label = 1, .clear_tid = 0x1000, .named = { 0x1000, 0 } } } };
}

static struct teller lives;
static bool lives_told;

static const struct task *begin_lives(struct scene *s)
{
	if (lives_told)
		teller_release(&lives);
	teller_init(&lives, 4, NULL, NULL);
	lives_told = true;
	s->ev = (struct event){ .kind = EV_SUMMARY, .task = &s->task };
	s->m = lives.tell.model;
	return tell_program(&lives, LIBC_GLIBC);
}

/* So many threads, of one place when that is known. */
static void tell_lives(struct scene *s, unsigned n, taddr place, struct event *last)
{
	struct backtrace bt = { .n = 1,
		.frame = { { .pc = place, .symbol = "serve", .module = "prog", .in_program = true } } };
	struct start_routine start = { .known = true, .at = { .pc = 0x500 } };

	const struct task *main = begin_lives(s);
	for (unsigned i = 0; i < n; i++) {
		const struct task *t = model_task_new(lives.tell.model, 101 + (pid_t)i, 100, main);
		lives.ev = (struct event){ .kind = EV_BIRTH,
			.task = t,
			.u.birth = { .kind = BIRTH_CALL,
				.args = pthread_args(LOW, HIGH - LOW, TLS + 0x1000 * (taddr)i),
				.creator = main,
				.followed = true,
				.bt = place ? &bt : NULL,
				.start = place ? &start : NULL } };
		tell(&lives);
		*last = (struct event){
			.kind = EV_END, .task = t, .u.end = { .how = END_EXIT, .exit_stop_seen = true }
		};
		if (i + 1 < n) {
			lives.ev = *last;
			tell(&lives);
		}
	}
}

static const struct model *no_lives(void)
{
	struct event last;
	struct scene s;

	tell_lives(&s, 0, 0, &last);
	return s.m;
}

static void tell_last(struct event *last)
{
	lives.ev = *last;
	tell(&lives);
}

static void summary(struct scene *s)
{
	struct event last;

	tell_lives(s, 99, 0x400, &last);
	tell_last(&last);
}

static void hundred(struct scene *s)
{
	struct event last;

	tell_lives(s, 100, 0x400, &last);
	tell_last(&last);
}

/* Ends are missing: more may seem to live at once than did. */
static void hundred_in_doubt(struct scene *s)
{
	struct event last;

	tell_lives(s, 100, 0x400, &last);
	model_ends_missing(lives.tell.model);
	tell_last(&last);
}

static void hundred_anywhere(struct scene *s)
{
	struct event last;

	tell_lives(s, 100, 0, &last);
	tell_last(&last);
}

static void noted(struct scene *s, enum join_note note, bool killed)
{
	struct event last;

	tell_lives(s, 1, 0x400, &last);
	last.u.end.noted = JOIN_OPEN;
	tell_last(&last);
	lives.ev = (struct event){ .kind = EV_NOTED, .task = last.task, .u.noted = { .note = note, .killed = killed } };
	tell(&lives);
}

static void joined_by_nobody(struct scene *s)
{
	noted(s, JOIN_NEVER, false);
}

/* The thread of a runtime that joins its threads itself, at some time. */
static void joined_by_its_runtime(struct scene *s)
{
	static const struct role_row kept = { .label = "Lisp thread", .runtime = "SBCL", .ends = ROLE_KEPT };
	struct event last;

	tell_lives(s, 1, 0x400, &last);
	last.u.end.noted = JOIN_OPEN;
	tell_last(&last);
	((struct task *)last.task)->role = &kept;
	lives.ev = (struct event){ .kind = EV_NOTED, .task = last.task, .u.noted = { .note = JOIN_NEVER } };
	tell(&lives);
}

static void killed_before(struct scene *s)
{
	noted(s, JOIN_NEVER, true);
}

static void torn(struct scene *s, enum join_note note, const char *role)
{
	struct event last;
	size_t i = 0;

	tell_lives(s, 2, 0x400, &last);
	while (role && strcmp(role_row_at(i)->id, role) != 0)
		i++;
	if (role)
		((struct task *)last.task)->roles.row[i / 32] |= 1U << i % 32;
	last.u.end.how = END_EXIT_GROUP;
	last.u.end.by_other = true;
	last.u.end.noted = note;
	tell_last(&last);
}

static void torn_down(struct scene *s)
{
	torn(s, JOIN_OPEN, NULL);
}

static void detached_before(struct scene *s)
{
	torn(s, JOIN_DETACHED, NULL);
}

static void kept_to_the_end(struct scene *s)
{
	torn(s, JOIN_OPEN, "sbcl-thread");
}

/* One that runs on a mapping made for it, with so much of a guard. */
static void on_a_mapping(struct scene *s, uint64_t guard)
{
	const struct task *main = begin_lives(s);
	struct call_clone args = pthread_args(LOW, HIGH - LOW, 0x7f0000020000);
	struct birth_facts facts = { .at_sp_known = true,
		.at_sp = { .low = LOW, .high = HIGH, .prot = VMA_READ | VMA_WRITE } };

	tell_call(&lives, main, CALL_mmap, (int64_t)(LOW - guard), 0, HIGH - LOW + guard,
		guard ? PROT_NONE : PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK);
	if (guard)
		tell_call(&lives, main, CALL_mprotect, 0, LOW, HIGH - LOW, PROT_READ | PROT_WRITE);
	tell_end(&lives, tell_birth(&lives, main, 101, &args, &facts), END_EXIT, 0);
}

static void bare(struct scene *s)
{
	on_a_mapping(s, 0);
}

static void guarded(struct scene *s)
{
	on_a_mapping(s, 0x1000);
}

/* ---- what makes the finding ---- */

static void ended_two(struct scene *s)
{
	s->ev.u.exec.ended = (struct few_tasks){ { 1, 2 }, 2 };
}

static void forked_by_one_of_six(struct scene *s)
{
	s->task.left_behind = (struct few_tasks){ { 1, 2, 3, 4 }, 5 };
}

static void forked_and_execs(struct scene *s)
{
	forked_by_one_of_six(s);
	s->ev.u.end.how = END_EXEC;
}

static void refused(struct scene *s)
{
	s->verdict =
		(struct verdict){ .err = 11, .rule = "pids-max", .why = "pids.max is reached.", .repair = "Raise it." };
	s->ev.u.call.verdict = &s->verdict;
	s->ev.u.call.result = -11;
}

/* The C library calls clone next. */
static void falls_back(struct scene *s)
{
	refused(s);
	s->ev.u.call.result = -ENOSYS;
}

static void tid_is_taken(struct scene *s)
{
	refused(s);
	s->ev.u.call.result = -EEXIST;
}

static void refused_mmap(struct scene *s)
{
	refused(s);
	s->call.id = CALL_mmap;
}

/* Is that place free? */
static void probes_a_place(struct scene *s)
{
	refused_mmap(s);
	s->call.arg[3] = MAP_FIXED_NOREPLACE | MAP_STACK;
	s->ev.u.call.result = -EEXIST;
}

static void refused_unshare(struct scene *s)
{
	refused(s);
	s->call.id = CALL_unshare;
}

static void refused_mprotect(struct scene *s)
{
	refused(s);
	s->call.id = CALL_mprotect;
}

#define DEFECT(name, bit)                                                                                              \
	static void name(struct scene *s)                                                                              \
	{                                                                                                              \
		s->call.defects = bit;                                                                                 \
	}
DEFECT(unread, CALL_ARGS_UNREAD)
DEFECT(short_args, CALL_ARGS_SHORT)
DEFECT(absurd, CALL_SIZE_ABSURD)
DEFECT(tail, CALL_TAIL_SET)
DEFECT(set_tid, CALL_SET_TID_UNREAD)
DEFECT(changed, CALL_ARGS_CHANGED)

#define FAULT(name, of)                                                                                                \
	static void name(struct scene *s)                                                                              \
	{                                                                                                              \
		s->fault.kind = of;                                                                                    \
	}
FAULT(in_guard, FAULT_GUARD)
FAULT(jumped, FAULT_JUMPED_GUARD)
FAULT(at_limit, FAULT_STACK_LIMIT)
FAULT(old_stack, FAULT_OLD_STACK)
FAULT(dead_tls, FAULT_DEAD_TLS)
FAULT(called_null, FAULT_NULL_CALL)
FAULT(null, FAULT_NULL_POINTER)
FAULT(other_guard, FAULT_OTHER_GUARD)
FAULT(no_guard, FAULT_NO_GUARD)
FAULT(own_gone, FAULT_GONE_STACK)
FAULT(gone_code, FAULT_GONE_CODE)
FAULT(returned, FAULT_EMPTY_RETURN)

static void sp_outside(struct scene *s)
{
	s->ev.u.birth.facts.sp = HIGH + 16;
}

static void sp_low(struct scene *s)
{
	s->ev.u.birth.facts.sp = LOW;
}

static void sp_nowhere(struct scene *s)
{
	s->ev.u.birth.facts.at_sp_known = false;
}

static void sp_of_creator(struct scene *s)
{
	s->task.stack = (struct stack_area){ .low = 0 };
	s->ev.u.birth.facts.sp = CREATOR_SP;
}

static void sp_in_creators(struct scene *s)
{
	sp_of_creator(s);
	s->ev.u.birth.facts.sp -= 4096;
}

static void rival(struct scene *s)
{
	s->other.label = 4;
	s->ev.u.birth.rival = &s->other;
}

static void sp_odd(struct scene *s)
{
	s->ev.u.birth.facts.sp -= 3;
}

static void no_settls(struct scene *s)
{
	s->ev.u.birth.args.flags &= ~(uint64_t)0x80000;
}

static void tls_of_kernel(struct scene *s)
{
	s->ev.u.birth.facts.tp = 0xdead000000000000;
}

static void tls_nowhere(struct scene *s)
{
	s->ev.u.birth.facts.at_tp = AT_NOTHING;
}

static void tls_of_creator(struct scene *s)
{
	s->ev.u.birth.facts.tp = s->ev.u.birth.facts.creator_tp;
}

static void in_doubt(struct scene *s)
{
	s->ev.u.birth.defects = CALL_ARGS_CHANGED;
}

static void other_files(struct scene *s)
{
	s->ev.u.birth.facts.proof[PROOF_VM] = PROOF_SAME;
	s->ev.u.birth.facts.proof[PROOF_FILES] = PROOF_DIFFERENT;
}

static void no_privilege(struct scene *s)
{
	s->ev.u.exec.setid_lost = true;
}

static void held(struct scene *s)
{
	s->ev.u.end.robust_held = 2;
	s->ev.u.end.robust_first = 0x1000;
	s->ev.u.end.robust_word = 0x80000065;
	s->ev.u.end.robust_symbol = "table";
	s->ev.u.end.robust_offset = 8;
}

static void no_word(struct scene *s)
{
	s->ev.u.oddity.wait.clear_tid = 0;
}

static void asks(struct scene *s)
{
	s->ev.u.oddity = (struct ev_oddity){ .kind = ODD_RIVAL, .rival = { .op = "PTRACE_SEIZE", .target = 9 } };
}

static void leak_check_fails(struct scene *s)
{
	s->ev.u.oddity = (struct ev_oddity){ .kind = ODD_LEAK_CHECK };
}

static void goes_dark(struct scene *s)
{
	s->ev.u.oddity = (struct ev_oddity){ .kind = ODD_DARK };
}

static void loses(struct scene *s)
{
	s->ev.u.oddity = (struct ev_oddity){ .kind = ODD_LOST, .lost = { .records = 3 } };
}

/* ---- what is so like it that it must not be taken for it ---- */

static void another_call(struct scene *s)
{
	refused(s);
	s->call.id = CALL_setuid;
}

static void told_before(struct scene *s)
{
	s->call.defects = (CALL_STRING_CUT << 1) - 1;
	s->ev.u.call.resumed = true;
}

static void odd_size(struct scene *s)
{
	s->call.defects = CALL_SIZE_ODD | CALL_STRING_CUT;
}

static void unexplained(struct scene *s)
{
	s->fault = (struct fault_verdict){ .kind = FAULT_NONE };
}

static void fork(struct scene *s)
{
	s->ev.u.birth.args = (struct call_clone){ .via = VIA_FORK };
	sp_of_creator(s);
	tls_of_creator(s);
}

static void vfork(struct scene *s)
{
	s->ev.u.birth.args = (struct call_clone){ .via = VIA_VFORK, .flags = 0x4100 };
	sp_of_creator(s);
	tls_of_creator(s);
}

static void unknown_start(struct scene *s)
{
	s->ev.u.birth.facts.regs_known = false;
	sp_nowhere(s);
	tls_nowhere(s);
}

/* glibc's posix_spawn: CLONE_VFORK on a stack of its own, with its creator's TLS. */
static void spawn(struct scene *s)
{
	s->ev.u.birth.args.flags = 0x4100;
	tls_of_creator(s);
}

static void altstack(struct scene *s)
{
	s->task.stack = (struct stack_area){ .kind = STACK_OWN_MAPPING, .low = LOW, .high = HIGH, .sp = HIGH - 4096 };
	s->call = (struct call){ .id = CALL_sigaltstack, .arg = { 1 }, .u.altstack = { LOW + 0x8000, 8192, 0 } };
}

static void altstack_of_other(struct scene *s)
{
	altstack(s);
	s->ev.u.call.altstack_rival = &s->other;
}

static void altstack_in_tls(struct scene *s)
{
	altstack(s);
	s->call.u.altstack.sp = HIGH - 4000;
}

static void altstack_small(struct scene *s)
{
	altstack(s);
	s->call.u.altstack.size = 1024;
	s->ev.u.call.result = -ENOMEM;
}

static void refused_sched(struct scene *s)
{
	refused(s);
	s->call.id = CALL_sched_setaffinity;
}

static void not_started(struct scene *s)
{
	s->call.id = CALL_sched_setscheduler;
	s->ev.u.call.unstarted = &s->other;
}

static void strict(struct scene *s)
{
	s->call = (struct call){ .id = CALL_prctl, .arg = { PR_SET_SECCOMP_, SECCOMP_MODE_STRICT_ } };
	s->ev.u.call.result = -EINVAL;
	s->ev.u.call.own_filter = true;
}

/* The program has a filter itself: untraced it would fail as well. */
static void strict_elsewhere(struct scene *s)
{
	strict(s);
	s->ev.u.call.own_filter = false;
}

static void same_word(struct scene *s)
{
	s->other.label = 4;
	s->ev.u.birth.args.child_tid = 0x5000;
	s->ev.u.birth.clear_rival = &s->other;
}

/* The model keeps the parent: T1, a thread that has ended. */
static void orphan(struct scene *s, bool ended)
{
	static struct teller t;

	teller_release(&t);
	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	struct call_clone args = pthread_args(LOW, 0xe000, TLS);
	const struct task *parent = tell_birth(&t, main, 101, &args, NULL);
	if (ended) {
		t.ev = (struct event){ .kind = EV_EXITING, .task = parent };
		tell(&t);
	}
	s->m = t.tell.model;
	s->task.creator = parent->id.serial;
	s->task.pdeath_sig = 15;
	s->ev.u.signal = (struct ev_signal){ .sig = 15, .fatal = true };
}

static void orphaned(struct scene *s)
{
	orphan(s, true);
}

static void not_orphaned(struct scene *s)
{
	orphan(s, false);
}

/* "Equal" may mean that neither has one. */
static void no_io(struct scene *s)
{
	s->ev.u.birth.facts.proof[PROOF_VM] = PROOF_SAME;
	s->ev.u.birth.facts.proof[PROOF_IO] = PROOF_SAME;
}

static void let_go(struct scene *s)
{
	held(s);
	s->ev.u.end.how = END_DETACHED;
}

/* A counter may come to any number, and so to a tid. */
static void a_counter(struct scene *s)
{
	no_word(s);
	s->ev.u.oddity.wait.addr = 0x3000;
}

static void circle(struct scene *s)
{
	s->other.label = 1;
	s->ev.u.oddity = (struct ev_oddity){ .kind = ODD_BLOCKED,
		.blocked = { .how = BLOCKED_CIRCLE,
			.n = 2,
			.link = { { .who = &s->task, .what = "mutex", .at = 0x1000 },
				{ .who = &s->other, .what = "end" } } } };
}

/* The deadlock is as old as the younger of its waits. */
static void old_circle(struct scene *s)
{
	circle(s);
	s->ev.u.oddity.blocked.link[0].asleep_ns = 7200000000000U;
	s->ev.u.oddity.blocked.link[1].asleep_ns = 12300000000U;
}

static void old_signal_kept(struct scene *s)
{
	old_circle(s);
	s->ev.u.oddity.blocked.how = BLOCKED_SIGNAL;
	s->ev.u.oddity.blocked.sig = 33;
}

static void old_ownerless(struct scene *s)
{
	old_circle(s);
	s->ev.u.oddity.blocked.how = BLOCKED_OWNER_GONE;
	s->ev.u.oddity.blocked.owner = 55;
}

/* It waits for what it has itself. */
static void alone_in_circle(struct scene *s)
{
	old_circle(s);
	s->ev.u.oddity.blocked.n = 1;
	s->ev.u.oddity.blocked.link[1].asleep_ns = 0;
}

static void ownerless(struct scene *s)
{
	circle(s);
	s->ev.u.oddity.blocked.how = BLOCKED_OWNER_GONE;
	s->ev.u.oddity.blocked.owner = 55;
}

static void signal_kept(struct scene *s)
{
	circle(s);
	s->ev.u.oddity.blocked.how = BLOCKED_SIGNAL;
	s->ev.u.oddity.blocked.sig = 33;
}

static void exits_with_lock(struct scene *s)
{
	circle(s);
	s->ev.u.oddity.blocked.how = BLOCKED_AT_EXIT;
}

static void takes_number(struct scene *s)
{
	s->ev.u.oddity = (struct ev_oddity){ .kind = ODD_REUSED, .reused = { 1, 2, 0x1000 } };
}

static void changes_ids(struct scene *s)
{
	s->ev.u.oddity = (struct ev_oddity){ .kind = ODD_CREDS, .creds = { "setuid", 3 } };
}

static void join(struct scene *s)
{
	s->other.label = 1;
	s->ev = (struct event){ .kind = EV_JOIN, .task = &s->task, .u.join = { .joined = &s->other } };
}

static void joins_for_long(struct scene *s)
{
	s->ev.u.join.waited_ns = LONG_JOIN_NS + 1000000;
}

static void joins_in_time(struct scene *s)
{
	s->ev.u.join.waited_ns = LONG_JOIN_NS;
}

static void word_is_gone(struct scene *s)
{
	s->task.clear_tid = 0x1000;
	s->ev.u.end.word_gone = true;
}

static void ended_and_cleared(struct scene *s)
{
	s->ev.u.oddity.wait.ended = true;
	s->ev.u.oddity.wait.private_futex = true;
}

/* What such a stack pointer leads to is the machine's. */
static char of_unaligned[128];

static const struct {
	const char *id;
	void (*scene)(struct scene *s), (*wrong)(struct scene *s), (*right)(struct scene *s);
	const char *text;
} cases[] = {
	{ "creation-failed", call, refused, another_call, "pids.max is reached." },
	{ "creation-failed", call, refused, falls_back, "pids.max is reached." },
	{ "creation-failed", call, refused, tid_is_taken, "pids.max is reached." },
	{ "tid-taken", call, tid_is_taken, refused, "pids.max is reached." },
	{ "memory-refused", call, refused_mmap, probes_a_place, "pids.max is reached." },
	{ "namespace-refused", call, refused_unshare, refused, "pids.max is reached." },
	{ "memory-refused", call, refused_mprotect, refused, "pids.max is reached." },
	{ "altstack-shared", call, altstack_of_other, altstack,
		"T0 is alive and has the same alternate stack, 0x7f0000008000" },
	{ "altstack-in-tls", call, altstack_in_tls, altstack,
		"its alternate signal stack lies among its thread-local variables" },
	{ "altstack-refused", call, altstack_small, altstack,
		"1024 bytes are too little for an alternate stack: the registers that the kernel saves, and the least "
		"that it "
		"allows (AT_MINSIGSTKSZ), do not fit" },
	{ "scheduling-refused", call, refused_sched, refused, "pids.max is reached." },
	{ "thread-not-started", call, not_started, refused_sched,
		"pthread_create fails with this error: T0 was made, and ends without having run its routine" },
	{ "strict-refused", call, strict, strict_elsewhere,
		"strict mode of seccomp is refused: thrtrace's own filter is in force, and no task goes from a filter "
		"to strict mode" },
	{ "args-unread", call, unread, told_before, "its arguments lie in memory that can't be read: shown as passed" },
	{ "args-short", call, short_args, told_before, "only the first part of its arguments could be read" },
	{ "clone3-size-absurd", call, absurd, odd_size,
		"a size above one page: the kernel refuses it with E2BIG and reads nothing" },
	{ "clone3-tail-set", call, tail, odd_size,
		"bytes beyond the known struct clone_args are set: this kernel's answer is E2BIG unless it knows "
		"them" },
	{ "set-tid-unread", call, set_tid, unread, "the set_tid array can't be read" },
	{ "args-changed", call, changed, unread,
		"the arguments changed in memory while the call ran: another thread writes there" },
	{ "stack-overflow", fault, in_guard, jumped, "a fault" },
	{ "stack-overflow", fault, no_guard, other_guard, "a fault" },
	{ "other-stack-overflow", fault, other_guard, in_guard, "a fault" },
	{ "guard-jumped", fault, jumped, in_guard, "a fault" },
	{ "stack-limit", fault, at_limit, unexplained, "a fault" },
	{ "dead-stack-used", fault, old_stack, dead_tls, "a fault" },
	{ "dead-tls-used", fault, dead_tls, old_stack, "a fault" },
	{ "stack-gone", fault, own_gone, old_stack, "a fault" },
	{ "code-gone", fault, gone_code, called_null, "a fault" },
	{ "empty-return", fault, returned, called_null, "a fault" },
	{ "null-call", fault, called_null, returned, "a fault" },
	{ "null-pointer", fault, null, called_null, "a fault" },
	{ "sp-outside", birth, sp_outside, unknown_start,
		"its stack pointer 0x7f0000010010 lies outside the stack it was given, 0x7f0000000000-0x7f0000010000" },
	{ "sp-low-end", birth, sp_low, unknown_start,
		"its stack pointer 0x7f0000000000 is at the low end of its stack: the first calls run out of it" },
	{ "sp-unmapped", birth, sp_nowhere, unknown_start,
		"below its stack pointer 0x7f0000010000 there is no mapped memory: its first push faults" },
	{ "sp-creators", birth, sp_of_creator, vfork,
		"it runs on its creator's very stack, at 0x7e000000f000: each overwrites the other's frames" },
	{ "sp-in-creators-stack", birth, sp_in_creators, fork,
		"its stack pointer 0x7e000000e000 lies in its creator's stack, 0x7e0000000000-0x7e0000010000" },
	{ "stack-shared", birth, rival, vfork,
		"T4 is alive and runs on the same stack: they overwrite each other's frames" },
	{ "clear-tid-shared", birth, same_word, vfork, "the end of T4, which is alive, clears the same word, 0x5000" },
	{ "sp-unaligned", birth, sp_odd, sp_in_creators, of_unaligned },
	{ "tls-missing", birth, no_settls, spawn,
		"no CLONE_SETTLS: it shares its creator's thread pointer 0x7e0000020000, so both have the same errno, "
		"stack protector and pthread_self()" },
	{ "tls-noncanonical", birth, tls_of_kernel, fork, "tls 0xdead000000000000 is no user address" },
	{ "tls-unmapped", birth, tls_nowhere, unknown_start,
		"nothing is mapped at its tls 0x7f0000010100: the first use of a thread-local variable faults" },
	{ "tls-shared", birth, tls_of_creator, spawn,
		"CLONE_SETTLS with its creator's own tls 0x7e0000020000: both have the same thread-local variables" },
	{ "birth-unsure", birth, in_doubt, vfork,
		"its arguments changed in memory while the call ran: another thread writes there; what it shares was "
		"found by kcmp, and what else was asked for is unknown" },
	{ "sharing-differs", birth, other_files, no_io, "otherwise than the flags say: FILES" },
	{ "setid-lost", exec, no_privilege, NULL,
		"without the privilege of its set-user-ID or set-group-ID bit: it is traced by an ordinary user, has "
		"no_new_privs, or lies on a file system that is mounted nosuid" },
	{ "exec-ends-threads", exec, ended_two, no_privilege, "its execve has ended T1, T2, wherever they were" },
	{ "fork-with-threads", end, forked_by_one_of_six, forked_and_execs,
		"it ended without an execve, and T0 that forked it was not alone: T1, T2, T3, T4 and 1 more are not in "
		"it, "
		"and what they had locked stayed so" },
	{ "never-joined", summary, joined_by_nobody, killed_before,
		"1 thread, made by serve, has ended, and nobody had joined or detached it when the process ended" },
	{ "never-joined", summary, joined_by_nobody, joined_by_its_runtime,
		"1 thread, made by serve, has ended, and nobody had joined or detached it when the process ended" },
	{ "alive-at-exit", summary, torn_down, detached_before,
		"1 thread, made by serve, was alive, and neither joined nor detached, when another called exit_group" },
	{ "alive-at-exit", summary, torn_down, kept_to_the_end,
		"1 thread, made by serve, was alive, and neither joined nor detached, when another called exit_group" },
	{ "no-guard", summary, bare, guarded, "1 thread had no guard below its stack" },
	{ "short-lives", summary, hundred, hundred_anywhere,
		"100 threads, made by serve, lived for 1 us on average, traced, at most 1 at once" },
	{ "robust-held", end, held, let_go,
		"it died holding 2 robust mutexes (lock word at 0x1000, in table+0x8: 0x80000065, owner 101, its "
		"waiters' bit is set): the kernel marks OWNER_DIED and wakes a waiter" },
	{ "parent-death", fault, orphaned, not_orphaned,
		"it asked for this signal at the end of its parent (PR_SET_PDEATHSIG), and T1 has ended: a thread "
		"counts, "
		"whatever becomes of its process" },
	{ "clear-tid-gone", end, word_is_gone, let_go,
		"nothing is mapped at 0x1000, the word that its end was to clear" },
	{ "long-join", join, joins_for_long, joins_in_time,
		"it waited for the end of T1 for 5.0 ms, longer than 4.0 ms" },
	{ "tid-reused", wait, takes_number, asks,
		"its number was that of T1, which has ended, and T2 still waits for that one's end on 0x1000" },
	{ "creds-differ", wait, changes_ids, takes_number,
		"its user or group ids are not those of T3 since its setuid" },
	{ "lock-at-exit", wait, exits_with_lock, circle,
		"exit_group ends it while it has the mutex at 0x1000 that T1 waits for" },
	{ "wait-in-vain", wait, no_word, a_counter,
		"T1 has no word to clear at its end, as it stands: the kernel wakes no wait on 0x1000" },
	{ "deadlock", wait, circle, asks,
		"waits for the mutex at 0x1000 that T1 has, which waits for the end of T7: none of them can go on" },
	{ "deadlock", wait, old_circle, asks,
		"waits for the mutex at 0x1000 that T1 has, which waits for the end of T7: none of them can go on; "
		"they "
		"have waited for at least 12.3 s" },
	{ "deadlock", wait, alone_in_circle, asks,
		"waits for the mutex at 0x1000 that T7 has, that is itself: it can't go on; it has waited for at least "
		"2 h 0 "
		"min" },
	{ "owner-gone", wait, ownerless, circle,
		"waits for the mutex at 0x1000, whose owner, tid 55, is no thread of the process" },
	{ "owner-gone", wait, old_ownerless, circle,
		"waits for the mutex at 0x1000, whose owner, tid 55, is no thread of the process; it has waited for at "
		"least 2 h 0 min" },
	{ "signal-blocked", wait, old_signal_kept, circle,
		"blocks signal 33, which is pending: T1, in a call of the setuid family, waits for it, and can't go on "
		"before it is taken; it has waited for at least 12.3 s" },
	{ "signal-blocked", wait, signal_kept, circle,
		"blocks signal 33, which is pending: T1, in a call of the setuid family, waits for it, and can't go on "
		"before "
		"it is taken" },
	{ "traced-already", wait, asks, ended_and_cleared,
		"asks to trace 9 (PTRACE_SEIZE) and gets EPERM: a task has one tracer, and that is thrtrace" },
	{ "leak-check-failed", wait, leak_check_fails, goes_dark,
		"LeakSanitizer ends the program, though it may have no leak: its check traces all threads, and "
		"thrtrace does" },
	{ "watch-ended", wait, goes_dark, asks,
		"nothing is told of it from here on: it has executed a program that is set-user-ID or may not be "
		"read" },
	{ "records-lost", wait, loses, goes_dark,
		"3 records were lost: as many births, ends, names or switches may be missing" },
};

static void ask(struct scene *s, struct findings *f, size_t i, void (*change)(struct scene *s))
{
	*s = (struct scene){ .task.label = 7 };
	cases[i].scene(s);
	if (change)
		change(s);
	findings_ask(f, &s->ev, s->m);
}

static void each_is_found_and_no_other(void **state)
{
	struct findings f;
	struct scene s;
	unsigned unsure = 0; /* of machines where it is not known which addresses are no user's */
	(void)state;

	findings_init(&f);
	f.long_join_ns = LONG_JOIN_NS;
	snprintf(of_unaligned, sizeof(of_unaligned),
		"its stack pointer 0x7f000000fffd is not aligned to 16 bytes, as the ABI asks: %s",
		abi_native()->sp_unaligned);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (cases[i].wrong == tls_of_kernel && !abi_native()->user_end) {
			unsure++;
			continue;
		}
		ask(&s, &f, i, cases[i].wrong);
		const struct finding *found = finding_of(&s.ev, cases[i].id);
		if (!found || s.ev.n_findings != 1)
			fail_msg("%s: %zu findings, the first %s", cases[i].id, s.ev.n_findings,
				s.ev.n_findings ? s.ev.finding->row->id : "none");
		assert_string_equal(found->text, cases[i].text);
		assert_ptr_equal(found->task, &s.task);
		assert_true(finding_repair(found)[0]);
	}
	assert_int_equal(f.told + unsure, ARRAY_SIZE(cases));
	findings_release(&f);
}

static void how_many_at_once_is_not_told_where_ends_are_missing(void **state)
{
	struct findings f;
	struct scene s;
	size_t i = 0;
	(void)state;

	findings_init(&f);
	while (strcmp(cases[i].id, "short-lives") != 0)
		i++;
	ask(&s, &f, i, hundred_in_doubt);
	assert_int_equal(s.ev.n_findings, 1);
	assert_string_equal(s.ev.finding->text, "100 threads, made by serve, lived for 1 us on average, traced");
	findings_release(&f);
}

static void what_is_like_it_is_not(void **state)
{
	struct findings f;
	struct scene s;
	(void)state;

	findings_init(&f);
	f.long_join_ns = LONG_JOIN_NS;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		ask(&s, &f, i, NULL);
		if (s.ev.n_findings)
			fail_msg("%s: an ordinary event has %s", cases[i].id, s.ev.finding->row->id);
		if (!cases[i].right)
			continue;
		ask(&s, &f, i, cases[i].right);
		if (finding_of(&s.ev, cases[i].id))
			fail_msg("%s is found where it is not", cases[i].id);
	}
	findings_release(&f);
}

static bool has_case(const char *id)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (strcmp(cases[i].id, id) == 0)
			return true;
	return false;
}

/* The rows are what programs and man pages rely on, and each has its case above. */
static void rows_are_whole(void **state)
{
	(void)state;
	for (size_t i = 0; finding_row_at(i); i++) {
		const struct finding_row *row = finding_row_at(i);
		const char *const sentences[] = { row->what, row->why, row->repair, row->sources };
		assert_int_equal(strspn(row->id, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(row->id));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(finding_row_at(j)->id, row->id);
		for (size_t j = 0; j < ARRAY_SIZE(sentences); j++)
			if (!sentences[j][0] || sentences[j][strlen(sentences[j]) - 1] == '.')
				fail_msg("%s: \"%s\" is no sentence without a full stop", row->id, sentences[j]);
		assert_true(row->asked && row->asked < 1U << EV_KINDS);
		assert_true(row->ways && row->ways < 1U << (2 * FINDING_WAYS));
		assert_int_equal(row->ways & row->ways >> FINDING_WAYS, 0); /* all of it, or a part */
		assert_string_not_equal(severity_word(row->severity), "");
		if (!has_case(row->id))
			fail_msg("no case of %s", row->id);
	}
}

/* ---- what becomes of them ---- */

static enum finding_standing by_kind(void *ctx, const struct finding *f)
{
	(void)ctx;
	return strcmp(f->row->id, "args-unread") == 0 ? FINDING_IGNORED :
		strcmp(f->row->id, "args-short") == 0 ? FINDING_KNOWN :
							FINDING_NEW;
}

static void what_is_ignored_is_left_out(void **state)
{
	struct findings f;
	struct scene s = { .task.label = 7 };
	(void)state;

	findings_init(&f);
	f.judge.judge = by_kind;
	call(&s);
	s.call.defects = CALL_ARGS_UNREAD | CALL_ARGS_SHORT | CALL_ARGS_CHANGED;
	findings_ask(&f, &s.ev, NULL);
	assert_int_equal(s.ev.n_findings, 2);
	assert_string_equal(s.ev.finding[0].row->id, "args-short");
	assert_int_equal(s.ev.finding[0].standing, FINDING_KNOWN);
	assert_string_equal(s.ev.finding[1].row->id, "args-changed");
	assert_int_equal(s.ev.finding[1].standing, FINDING_NEW);
	assert_int_equal(f.new_of[finding_row_place(s.ev.finding[1].row)], 1);
	assert_int_equal(f.new_of[finding_row_place(s.ev.finding[0].row)], 0);
	s.ev = (struct event){ .kind = EV_SUMMARY };
	findings_ask(&f, &s.ev, no_lives());
	assert_int_equal(s.ev.u.summary.findings, 2);
	assert_int_equal(s.ev.u.summary.known, 1);
	assert_int_equal(s.ev.u.summary.ignored, 1);
	findings_release(&f);
}

static void a_fingerprint_has_no_number(void **state)
{
	struct task t = { .comm = "pool-12\xff", .at = { .symbol = "run", .offset = 5, .line = 9 } };
	struct finding f = { .row = finding_row_of("deadlock", 8), .task = &t };
	struct outbuf out;
	(void)state;

	outbuf_init(&out, 1000);
	finding_fingerprint(&out, &f);
	assert_string_equal(outbuf_str(&out), "deadlock of pool-#\\xff running run made by ?");
	t.made_at.module = "libx.so";
	outbuf_clear(&out);
	finding_fingerprint(&out, &f);
	assert_string_equal(outbuf_str(&out), "deadlock of pool-#\\xff running run made by libx.so");
	f.task = NULL;
	outbuf_clear(&out);
	finding_fingerprint(&out, &f);
	assert_string_equal(outbuf_str(&out), "deadlock");
	outbuf_release(&out);
}

/* ---- words ---- */

static const char *text_of(struct scene *s, struct findings *f)
{
	findings_ask(f, &s->ev, NULL);
	return s->ev.n_findings ? s->ev.finding->text : "";
}

static void waits_are_told_by_what_becomes_of_the_word(void **state)
{
	struct findings f;
	struct scene s = { .task.label = 7 };
	struct odd_wait *w = &s.ev.u.oddity.wait;
	(void)state;

	findings_init(&f);
	wait(&s);
	assert_string_equal(text_of(&s, &f), "");
	assert_false(wait_is_in_vain(w));
	w->clear_tid = 0x2000;
	assert_string_equal(text_of(&s, &f),
		"T1 clears another word at its end, as it stands, 0x2000: the kernel wakes no wait on 0x1000");
	w->ended = true;
	assert_string_equal(
		text_of(&s, &f), "T1 has ended, and cleared another word, 0x2000: the kernel wakes no wait on 0x1000");
	w->clear_tid = 0;
	assert_string_equal(
		text_of(&s, &f), "T1 has ended, and had no word to clear: the kernel wakes no wait on 0x1000");
	wait(&s);
	w->private_futex = true;
	assert_true(wait_is_in_vain(w) && *text_of(&s, &f));
	assert_string_equal(finding_repair(s.ev.finding), "wait without FUTEX_PRIVATE_FLAG");
	findings_release(&f);
}

static void a_rival_is_named(void **state)
{
	struct findings f;
	struct scene s = { .task.label = 7 };
	struct odd_rival *r = &s.ev.u.oddity.rival;
	(void)state;

	findings_init(&f);
	wait(&s);
	asks(&s);
	*r = (struct odd_rival){ .op = "PTRACE_TRACEME" };
	assert_non_null(strstr(text_of(&s, &f), "asks to be traced (PTRACE_TRACEME) and gets EPERM"));
	assert_non_null(strstr(finding_repair(s.ev.finding), "LeakSanitizer"));
	*r = (struct odd_rival){ .op = "PTRACE_ATTACH", .asker = 5, .target = 6, .may_be_left = true };
	assert_non_null(strstr(text_of(&s, &f), "process 5 asks to trace 6 (PTRACE_ATTACH)"));
	assert_non_null(strstr(finding_repair(s.ev.finding), "without -f"));
	findings_release(&f);
}

static void a_limit_that_was_hit_shows_the_others(void **state)
{
	struct findings f;
	struct scene s = { .task.label = 7 };
	(void)state;

	findings_init(&f);
	call(&s);
	refused(&s);
	s.limits.n_limits = 2;
	s.limits.limits[0] = (struct limit){ .id = LIMIT_PIDS_CGROUP, .max_known = true, .hit = true };
	s.limits.limits[1] = (struct limit){ .id = LIMIT_NPROC, .current = 3, .current_known = true };
	s.ev.u.call.limits = &s.limits;
	findings_ask(&f, &s.ev, NULL);
	assert_non_null(strstr(s.ev.finding->also, "RLIMIT_NPROC"));
	assert_string_equal(finding_repair(s.ev.finding), "Raise it.");
	s.limits.limits[0].hit = false;
	s.verdict.repair[0] = '\0';
	findings_ask(&f, &s.ev, NULL);
	assert_null(s.ev.finding->also);
	assert_ptr_equal(finding_repair(s.ev.finding), s.ev.finding->row->repair);
	findings_release(&f);
}

static void the_summary_has_the_count(void **state)
{
	struct findings f;
	struct scene s = { .task.label = 7 };
	struct event over = { .kind = EV_SUMMARY };
	(void)state;

	findings_init(&f);
	call(&s);
	s.call.defects = (CALL_STRING_CUT << 1) - 1;
	findings_ask(&f, &s.ev, NULL);
	assert_int_equal(s.ev.n_findings, 6);
	findings_ask(&f, &over, no_lives());
	assert_int_equal(over.n_findings, 0);
	assert_int_equal(over.u.summary.findings, 6);
	findings_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_found_and_no_other),
		cmocka_unit_test(how_many_at_once_is_not_told_where_ends_are_missing),
		cmocka_unit_test(what_is_like_it_is_not),
		cmocka_unit_test(rows_are_whole),
		cmocka_unit_test(what_is_ignored_is_left_out),
		cmocka_unit_test(a_fingerprint_has_no_number),
		cmocka_unit_test(waits_are_told_by_what_becomes_of_the_word),
		cmocka_unit_test(a_rival_is_named),
		cmocka_unit_test(a_limit_that_was_hit_shows_the_others),
		cmocka_unit_test(the_summary_has_the_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Each view over one story that has each kind of event; what a program controls never gets through raw. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include <thrtrace/fault.h>

#include "teller.h"

#define BLOCK 0x7f0000000000
#define SIZE  0x10000
#define TLS   (BLOCK + 0xf000)
#define RW    (PROT_READ | PROT_WRITE)
#define EVIL  "\033[31mx\r\n\xff\"\\"

static void start(struct teller *t)
{
	static char *argv[] = { "/bin/" EVIL, "a b", NULL };
	static const pid_t pid = 100;

	t->ev = (struct event){
		.kind = EV_START,
		.u.start = { .argv = argv,
			.attached = &pid,
			.n_attached = 1,
			.version = "0.1",
			.libc = "glibc 2.36",
			.kernel = "6.18",
			.arch = "x86_64",
			.mode = "filter",
			.features = "none",
			.wall_ns = 1700000000000000000 },
	};
	tell(t);
}

static void signal_of(struct teller *t, const struct task *task, enum ev_kind kind, int sig)
{
	static struct fault_verdict v = { .kind = FAULT_GUARD, .text = "stack overflow", .repair = "a larger stack" };
	static struct backtrace bt = {
		.frame = { { .pc = 1, .symbol = EVIL, .file = "/src/" EVIL, .line = 3, .in_program = true } }, .n = 1
	};

	t->ev = (struct event){ .kind = kind,
		.task = task,
		.u.signal = { .sig = sig,
			.code = 1,
			.info_known = true,
			.fault = sig == SIGSEGV,
			.addr = 0xdead,
			.sender = sig == SIGUSR1 ? 7 : 0,
			.fatal = sig == SIGSEGV,
			.verdict = sig == SIGSEGV ? &v : NULL,
			.bt = sig == SIGSEGV ? &bt : NULL } };
	tell(t);
}

static const struct task *thread(struct teller *t, const struct task *main, pid_t tid, taddr block)
{
	static struct backtrace bt = {
		.frame = { { .pc = 0x10, .module = "libc.so.6", .module_offset = 0x10 },
			{ .pc = 0x20,
				.module = EVIL,
				.symbol = EVIL,
				.offset = 4,
				.file = "/src/" EVIL,
				.line = 12,
				.in_program = true } },
		.n = 2,
		.stopped = "no unwind information",
	};
	static struct start_routine start = {
		.known = true, .at = { .pc = 0x30, .symbol = EVIL }, .arg = 42, .arg_known = true
	};
	struct call_clone args = pthread_args(block, 0xe000, block + 0xf000);
	const struct task *task = model_task_new(t->tell.model, tid, 100, main);

	t->ev = (struct event){
		.kind = EV_BIRTH,
		.task = task,
		.u.birth = { .kind = BIRTH_CALL,
			.args = args,
			.creator = main,
			.followed = true,
			.bt = &bt,
			.start = &start,
			.call_ns = 5000,
			.first_ns = 9000,
			.facts = { .tp_known = true,
				.tp = block + 0xf000,
				.regs_known = true,
				.sp = block + 0xe000,
				.at_sp = { .low = block, .high = block + SIZE, .prot = VMA_READ | VMA_WRITE },
				.at_sp_known = true,
				.proof = { [PROOF_VM] = PROOF_SAME,
					[PROOF_FILES] = PROOF_SAME,
					[PROOF_FS] = PROOF_SAME,
					[PROOF_SIGHAND] = PROOF_DIFFERENT,
					[PROOF_SYSVSEM] = PROOF_SAME,
					[PROOF_IO] = PROOF_UNKNOWN },
				.proof_errno = 1 } },
	};
	tell(t);
	return task;
}

/* Threads that were there: one of which all is known, one asleep, one of which nothing is, a zombie. */
static void attached_births(struct teller *t)
{
	struct stack_area stack = { .kind = STACK_OWN_MAPPING,
		.low = BLOCK + 0x301000,
		.high = BLOCK + 0x400000,
		.guard = GUARD_PROT_NONE,
		.guard_low = BLOCK + 0x300000,
		.guard_bytes = 4096,
		.source = "source",
		.touched_known = true,
		.touched = 8192 };
	struct stack_area no_stack = { .kind = STACK_UNKNOWN, .unknown = "unknown" };
	struct start_routine start = { .known = true, .at = { .pc = 0x30, .symbol = EVIL } },
			     no_start = { .unknown = "no record" };
	const struct attached_facts facts[] = {
		{ .age_known = true,
			.age_ns = 5000000000U,
			.cpu_known = true,
			.used = { .cpu_ns = 7000 },
			.robust_known = true,
			.robust_head = 0x1000,
			.rseq_known = true,
			.rseq = 0x2000,
			.stack = &stack,
			.libc = LIBC_GLIBC },
		{ .not_stopped = "it sleeps", .robust_known = true, .stack = &no_stack, .libc = LIBC_GLIBC },
		{ .stack = &no_stack, .libc = LIBC_GLIBC },
		{ .zombie = true, .age_known = true, .stack = &no_stack, .libc = LIBC_GLIBC },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(facts); i++) {
		const struct task *x = model_task_new(t->tell.model, (pid_t)(400 + i), 400, NULL);
		t->ev = (struct event){ .kind = EV_BIRTH,
			.task = x,
			.u.birth = { .kind = BIRTH_ATTACHED,
				.comm = EVIL,
				.followed = true,
				.attached = &facts[i],
				.start = i ? &no_start : &start,
				.facts = { .tid_inside = i == 0 ? 7 : 0, .tp_known = i == 0, .tp = 0x77 } } };
		tell(t);
		t->ev = (struct event){ .kind = EV_END,
			.task = x,
			.u.end = { .how = facts[i].zombie ? END_EXIT : END_DETACHED, .before = facts[i].zombie } };
		tell(t);
	}
}

static void other_births(struct teller *t, const struct task *main)
{
	static const enum birth_kind kinds[] = { BIRTH_ADOPTED, BIRTH_IO_WORKER, BIRTH_UNTRACED };

	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
		const struct task *x = model_task_new(
			t->tell.model, (pid_t)(200 + i), kinds[i] == BIRTH_UNTRACED ? (pid_t)(200 + i) : 100, main);
		t->ev = (struct event){ .kind = EV_BIRTH,
			.task = x,
			.u.birth = { .kind = kinds[i],
				.creator = main,
				.creator_guessed = i == 0,
				.comm = EVIL,
				.followed = i == 0 } };
		tell(t);
		tell_end(t, x, i == 1 ? END_DETACHED : i == 2 ? END_UNSEEN : END_SIGNAL, 9);
	}
	struct call_clone vfork = { .via = VIA_VFORK, .flags = 0x4100, .exit_signal = 17 },
			  fork = { .via = VIA_FORK, .exit_signal = 17 };
	struct call_clone odd = { .via = VIA_CLONE3,
		.flags = 0x100 | 1ULL << 60 | 0x1000 | 0x20000000,
		.stack = 0x5000,
		.stack_size = 0x1000,
		.pidfd = 0x77,
		.n_set_tid = 1,
		.set_tids = { 9 } };
	t->ev.u.birth.followed = false;
	tell_birth(t, main, 210, &vfork, NULL);
	tell_birth(t, main, 211, &fork, NULL);
	tell_birth(t, main, 212, &odd, NULL);
}

/* Who is there when an event is told: T0, and its threads T1 and T2. */
struct scene {
	const struct task *main, *a, *b;
};

static struct scene scene(struct teller *t)
{
	start(t);
	const struct task *main = tell_program(t, LIBC_GLIBC);
	tell_call(t, main, CALL_mmap, BLOCK, 0, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK);
	tell_call(t, main, CALL_mprotect, 0, BLOCK + 4096, SIZE - 4096, RW);
	const struct task *a = thread(t, main, 101, BLOCK), *b = thread(t, main, 102, BLOCK + 0x100000);
	return (struct scene){ main, a, b };
}

static void tell_of(struct teller *t, struct event ev)
{
	t->ev = ev;
	tell(t);
}

/* ---- one event each; some need another before ---- */

static void ev_start(struct teller *t, const struct scene *s)
{
	(void)s;
	start(t);
}

static void ev_stack_is_made(struct teller *t, const struct scene *s)
{
	tell_call(t, s->main, CALL_mmap, BLOCK + 0x200000, 0, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK);
}

static void ev_birth(struct teller *t, const struct scene *s)
{
	ev_stack_is_made(t, s);
	tell_call(t, s->main, CALL_mprotect, 0, BLOCK + 0x201000, SIZE - 4096, RW);
	struct call_clone args = pthread_args(BLOCK + 0x201000, 0xe000, BLOCK + 0x20f000);
	args.flags &= ~(uint64_t)0x40000; /* of another kind than those before: told in full */
	tell_birth(t, s->main, 103, &args, NULL);
}

static void ev_birth_like(struct teller *t, const struct scene *s)
{
	thread(t, s->main, 103, BLOCK + 0x200000);
	thread(t, s->main, 104, BLOCK + 0x300000);
}

static void ev_other_births(struct teller *t, const struct scene *s)
{
	other_births(t, s->main);
}

static void ev_attached(struct teller *t, const struct scene *s)
{
	(void)s;
	attached_births(t);
}

static void ev_failed_call(struct teller *t, const struct scene *s)
{
	tell_call(t, s->main, CALL_mprotect, -13, BLOCK, 4096, RW);
}

static void ev_name(struct teller *t, const struct scene *s)
{
	t->call =
		(struct call){ .id = CALL_prctl, .abi = abi_native(), .arg = { PR_SET_NAME, 1 }, .u.name.comm = EVIL };
	tell_of(t, (struct event){ .kind = EV_CALL, .task = s->a, .u.call = { .call = &t->call, .how = RESULT_SEEN } });
}

static void ev_unseen_result(struct teller *t, const struct scene *s)
{
	t->call =
		(struct call){ .id = CALL_execve, .abi = abi_native(), .u.exec = { .path = EVIL, .path_read = true } };
	tell_of(t,
		(struct event){
			.kind = EV_CALL, .task = s->a, .u.call = { .call = &t->call, .how = RESULT_NOT_SEEN } });
}

/* T0 sleeps in a join of T1, and T1 makes a call meanwhile. */
static void ev_call_begin(struct teller *t, const struct scene *s)
{
	tell_wait(t, s->main, TLS + 0x2d0, FUTEX_WAIT, 101);
	tell_call(t, s->a, CALL_rseq, 0, 0x1000, 32);
}

static void ev_call_resumed(struct teller *t, const struct scene *s)
{
	tell_wait(t, s->main, TLS + 0x2d0, FUTEX_WAIT, 101);
	struct call wait = t->call;
	tell_call(t, s->a, CALL_rseq, 0, 0x1000, 32);
	tell_of(t,
		(struct event){ .kind = EV_CALL,
			.task = s->main,
			.u.call = {
				.call = &wait, .joins = s->a, .how = RESULT_SEEN, .resumed = true, .took_ns = 3000 } });
}

static void ev_join(struct teller *t, const struct scene *s)
{
	tell_of(t, (struct event){ .kind = EV_JOIN, .task = s->main, .u.join.joined = s->a });
}

static void ev_join_without_a_wait(struct teller *t, const struct scene *s)
{
	tell_of(t, (struct event){ .kind = EV_JOIN, .task = s->main, .u.join = { .joined = s->a, .over = true } });
}

static void ev_signal(struct teller *t, const struct scene *s)
{
	signal_of(t, s->main, EV_SIGNAL, SIGUSR1);
}

static void ev_fault(struct teller *t, const struct scene *s)
{
	signal_of(t, s->a, EV_SIGNAL, SIGSEGV);
}

static void ev_stopped(struct teller *t, const struct scene *s)
{
	signal_of(t, s->main, EV_STOPPED, SIGTSTP);
}

static void ev_continued(struct teller *t, const struct scene *s)
{
	tell_of(t, (struct event){ .kind = EV_CONTINUED, .task = s->main });
}

static void ev_oddity(struct teller *t, const struct scene *s)
{
	tell_of(t,
		(struct event){ .kind = EV_ODDITY,
			.task = s->b,
			.u.oddity = { .kind = ODD_WAIT, .wait = { .addr = 0x10, .label = 1, .named = { 0x10, 0 } } } });
}

static void ev_leader_exit(struct teller *t, const struct scene *s)
{
	tell_of(t,
		(struct event){ .kind = EV_LEADER_EXIT,
			.task = s->main,
			.u.end = { .how = END_EXIT, .status = 3, .exit_stop_seen = true } });
}

static void ev_end_otherwise(struct teller *t, const struct scene *s)
{
	tell_of(t,
		(struct event){ .kind = EV_END,
			.task = s->main,
			.u.end = {
				.how = END_EXIT, .process = { .other = true, .status = 3 }, .exit_stop_seen = true } });
}

static void ev_end(struct teller *t, const struct scene *s)
{
	tell_of(t,
		(struct event){ .kind = EV_END,
			.task = s->a,
			.u.end = { .how = END_EXIT_GROUP,
				.status = 3,
				.by_other = true,
				.by = s->b,
				.exit_stop_seen = true,
				.cpu_known = true,
				.cpu_ns = 1000,
				.turns = 2,
				.split_known = true,
				.voluntary = 1,
				.robust_known = true,
				.robust_held = 2,
				.robust_more = true,
				.robust_first = 0x99,
				.touched = { .known = true, .lowest = BLOCK + 0xe000 } } });
}

static void ev_exec(struct teller *t, const struct scene *s)
{
	tell_of(t,
		(struct event){ .kind = EV_EXEC,
			.task = s->b,
			.u.exec = { .path = EVIL, .comm = EVIL, .former_tid = 102, .libc = NULL } });
}

static void ev_core(struct teller *t, const struct scene *s)
{
	tell_of(t,
		(struct event){
			.kind = EV_END, .task = s->b, .u.end = { .how = END_SIGNAL, .sig = 11, .core = true } });
}

static void ev_end_by_exec(struct teller *t, const struct scene *s)
{
	tell_end(t, s->main, END_EXEC, 0);
}

/* A worker of io_uring may be gone long before: it was idle, or its process has executed another program. */
static void ev_end_with_owner(struct teller *t, const struct scene *s)
{
	tell_of(t, (struct event){ .kind = EV_END, .task = s->a, .u.end = { .how = END_WITH_OWNER, .by = s->main } });
	t->ev = (struct event){ .kind = EV_SUMMARY };
	tell(t);
}

static void ev_summary(struct teller *t, const struct scene *s)
{
	ev_oddity(t, s);
	t->ev = (struct event){ .kind = EV_SUMMARY, .u.summary = { .exit_status = -1, .exit_signal = 11 } };
	tell(t);
}

/* What each view must say of each kind of event. A new view is a column. */
static const struct {
	const char *name;
	void (*tell)(struct teller *t, const struct scene *s);
	const char *text[12], *json[5], *chrome[3];
} events[] = {
	{ "start", ev_start, { "following" }, { "\"event\":\"start\"", "\"schema\":1" }, { NULL } },
	{ "a stack is made", ev_stack_is_made, { "MAP_STACK" }, { "\"event\":\"call\"", "\"name\":\"mmap\"" },
		{ "\"name\":\"mmap\"" } },
	{ "birth", ev_birth,
		{ "is born: ", " of process 100", "created by   T0", "guard 0x7f0000200000", "...  grows down  ..." },
		{ "\"event\":\"birth\"", "\"kind\":\"PROT_NONE\"", "\"parent\":\"T0\"" },
		{ "\"ph\":\"B\"", "\"created_by\":\"T0\"" } },
	{ "birth of the same kind", ev_birth_like, { "like         T", "not so       !! kcmp: " },
		{ "\"SIGHAND\":\"different\"", "\"IO\":\"unknown\"" }, { "\"ph\":\"s\"" } },
	{ "other births", ev_other_births,
		{ "whose creation was not seen", "made inside the kernel", "not followed", "CLONE_PIDFD",
			"unknown      0x1000000000000000", "a copy of its creator's", "its creator's own", "unseen" },
		{ "\"kind\":\"adopted\"", "\"kind\":\"io_worker\"", "\"kind\":\"untraced\"", "\"via\":\"vfork\"" },
		{ "\"made\":\"unseen\"", "\"made\":\"inside the kernel\"" } },
	{ "those who were there", ev_attached,
		{ "THERE TID", "400/7", "has ended; a zombie", "exit(0), before thrtrace came" },
		{ "\"kind\":\"attached\"", "\"zombie\":true", "\"tid_inside\":7", "\"how\":\"detached\"" },
		{ "\"made\":\"before thrtrace attached\"" } },
	{ "call that fails", ev_failed_call, { "= -1 EACCES" }, { "\"event\":\"call\"", "\"errno\":\"EACCES\"" },
		{ "\"errno\":\"EACCES\"" } },
	{ "name", ev_name, { "PR_SET_NAME" }, { "\"event\":\"name\"" }, { "\"thread_name\"" } },
	{ "result that nobody saw", ev_unseen_result, { "(not observed)" }, { "\"ret\":\"not observed\"" },
		{ "\"name\":\"execve\"" } },
	{ "call begins", ev_call_begin, { ", FUTEX_WAIT, 101, NULL) ...\n" },
		{ "\"event\":\"call_begin\"", "\"joins\":\"T1\"" }, { "\"name\":\"rseq\"" } },
	{ "call is resumed", ev_call_resumed, { ", begun " }, { "\"took_ns\":3000" }, { "\"name\":\"joins T1\"" } },
	{ "join", ev_join, { "has joined T1: it waited" }, { "\"event\":\"join\"", "\"slept\":true" }, { NULL } },
	{ "join without a wait", ev_join_without_a_wait, { "T1 without a wait: EAGAIN" }, { "\"slept\":false" },
		{ NULL } },
	{ "signal", ev_signal, { "SIGUSR1", "si_pid=7" }, { "\"event\":\"signal\"", "\"sender\":7" },
		{ "\"name\":\"SIGUSR1\"" } },
	{ "fault", ev_fault, { "si_addr=0xdead", "!! T1: stack overflow" },
		{ "\"addr\":\"0xdead\"", "\"fatal\":true", "\"event\":\"finding\"", "\"id\":\"stack-overflow\"",
			"\"verdict\":\"stack overflow\"" },
		{ "\"verdict\":\"stack overflow\"", "!! stack-overflow" } },
	{ "stopped", ev_stopped, { "is stopped by SIGTSTP" }, { "\"event\":\"stopped\"" }, { "\"group-stop\"" } },
	{ "continued", ev_continued, { "goes on" }, { "\"event\":\"continued\"" }, { "\"continues\"" } },
	{ "oddity", ev_oddity, { "!! T2: T1 has no word to clear", ". To repair: create it with CLONE_CHILD_CLEARTID" },
		{ "\"event\":\"finding\"", "\"id\":\"wait-in-vain\"", "\"severity\":\"error\"", "\"of\":null" },
		{ "!! wait-in-vain" } },
	{ "leader exit", ev_leader_exit, { "has left by exit(3)" }, { "\"event\":\"leader_exit\"", "\"status\":3" },
		{ "the first thread exits" } },
	{ "end", ev_end, { "exit_group(3) by T2", "or more robust mutexes", "touched 8 KiB of ", " on CPU in 2 turns" },
		{ "\"event\":\"end\"", "\"how\":\"exit_group\"", "\"by\":\"T2\"", "\"robust_count\":2" },
		{ "\"ph\":\"E\"", "exit_group(3) by T2" } },
	{ "another end of a process", ev_end_otherwise,
		{ "exit(0)", "has status 3: the last word was another thread's" },
		{ "\"status\":0", "\"process\":{\"status\":3,\"signal\":null}" }, { "exit(0)" } },
	{ "exec", ev_exec, { "it was tid 102" }, { "\"event\":\"exec\"", "\"former_tid\":102" },
		{ "\"name\":\"execve\"" } },
	{ "end by a signal", ev_core, { "SIGSEGV, core", "killed without an exit stop" }, { "\"signal\":\"SIGSEGV\"" },
		{ "SIGSEGV, core" } },
	{ "end by another's execve", ev_end_by_exec, { "has ended: execve" }, { "\"how\":\"exec\"" }, { "execve" } },
	{ "end of a kernel's thread", ev_end_with_owner, { "by T0's end" },
		{ "\"how\":\"with_owner\"", "\"by\":\"T0\"" }, { NULL } },
	{ "summary", ev_summary, { "THREADS", "3 findings, marked" }, { "\"event\":\"summary\"", "\"findings\":3" },
		{ "\n]\n" } },
};

/* All of it, one after the other, by as many as there are. */
static void story(struct teller *t)
{
	struct scene s = scene(t);

	thread(t, s.main, 103, BLOCK + 0x200000);
	other_births(t, s.main);
	attached_births(t);
	tell_call(t, s.main, CALL_madvise, 0, BLOCK + 4096, 0x1000, MADV_DONTNEED);
	ev_failed_call(t, &s);
	ev_name(t, &s);
	ev_unseen_result(t, &s);
	ev_call_resumed(t, &s);
	ev_join(t, &s);
	ev_join_without_a_wait(t, &s);
	ev_signal(t, &s);
	ev_fault(t, &s);
	ev_stopped(t, &s);
	ev_continued(t, &s);
	ev_leader_exit(t, &s);
	ev_end(t, &s);
	ev_exec(t, &s);
	ev_core(t, &s);
	ev_end_by_exec(t, &s);
	ev_summary(t, &s);
}

static void no_control_byte(const char *text, bool color)
{
	for (const char *c = text; *c; c++)
		if (((unsigned char)*c < 0x20 && *c != '\n' && !(color && *c == '\033')) || (unsigned char)*c >= 0x7f)
			fail_msg("byte %#x gets through: %.*s", (unsigned char)*c, 60, c > text + 30 ? c - 30 : text);
	if (strstr(text, "\033[31mx"))
		fail_msg("the program's own colour gets through");
}

/* How many of the words the view has not written; each is said, with what it wrote instead. */
static unsigned lacks(const char *view, const char *event, const char *out, const char *const *words, size_t n)
{
	unsigned missing = 0;

	for (size_t i = 0; i < n && words[i]; i++) {
		if (strstr(out, words[i]))
			continue;
		print_error("%s view, %s: nothing about \"%s\" in:\n%s\n", view, event, words[i], out);
		missing++;
	}
	return missing;
}

static void each_view_tells_each_kind_of_event(void **state)
{
	static const char *const views[] = { "text", "json", "chrome" };
	unsigned missing = 0;
	(void)state;

	for (unsigned v = 0; v < ARRAY_SIZE(views); v++) {
		for (unsigned i = 0; i < ARRAY_SIZE(events); i++) {
			struct teller t;
			teller_init(&t, 64, views[v], NULL);
			struct scene s = scene(&t);
			outbuf_clear(teller_out(&t));
			events[i].tell(&t, &s);
			no_control_byte(outbuf_str(teller_out(&t)), false);
			const char *const *words = v == 0 ? events[i].text : v == 1 ? events[i].json : events[i].chrome;
			missing += lacks(views[v], events[i].name, outbuf_str(teller_out(&t)), words,
				v == 0         ? ARRAY_SIZE(events[i].text) :
					v == 1 ? ARRAY_SIZE(events[i].json) :
						 ARRAY_SIZE(events[i].chrome));
			teller_release(&t);
		}
	}
	assert_int_equal(missing, 0);
}

static void text_has_its_styles(void **state)
{
	static const struct {
		struct sink_config config;
		const char *has, *lacks;
	} rows[] = {
		{ { .notes = NOTES_NONE }, "mmap(", "| reserves" },
		{ { .notes = NOTES_ALL, .time = TIME_RELATIVE }, "0.000001 T0", NULL },
		{ { .time = TIME_WALL, .durations = true }, "<0.000000>", NULL },
		{ { .time = TIME_EPOCH }, "1700000000.", NULL },
		{ { .time = TIME_SINCE_START, .quiet = 1, .summary = true }, "0.000004 T0", "THREADS" },
		{ { .quiet = 2 }, "!! ", "mmap(" },
		{ { .quiet = 2 }, "!! ", "THREADS" },
		{ { .table = true }, "THREADS\n  T ", "mmap(" },
		{ { .table = true }, "!! ", "is born" },
		{ { .color = true, .width = 80 }, "\033[1m", NULL },
		{ { .width = 40 }, "mmap(", NULL },
		{ { .width = 60 }, "MAP_PRIVATE|\n           MAP_ANONYMOUS", NULL },
	};
	(void)state;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct teller t;
		teller_init(&t, 64, "text", &rows[i].config);
		story(&t);
		no_control_byte(outbuf_str(teller_out(&t)), rows[i].config.color);
		if (!strstr(outbuf_str(teller_out(&t)), rows[i].has))
			fail_msg("style %u lacks \"%s\":\n%s", i, rows[i].has, outbuf_str(teller_out(&t)));
		if (rows[i].lacks && strstr(outbuf_str(teller_out(&t)), rows[i].lacks))
			fail_msg("style %u has \"%s\"", i, rows[i].lacks);
		teller_release(&t);
	}
}

static void born_from(
	struct teller *t, const struct task *main, pid_t tid, const struct backtrace *bt, const char *want)
{
	const struct task *task = model_task_new(t->tell.model, tid, 100, main);

	outbuf_clear(teller_out(t));
	t->ev = (struct event){ .kind = EV_BIRTH,
		.task = task,
		.u.birth = { .kind = BIRTH_CALL,
			.args = pthread_args(BLOCK, 0xe000, TLS),
			.creator = main,
			.followed = true,
			.bt = bt } };
	tell(t);
	if (!strstr(outbuf_str(teller_out(t)), want))
		fail_msg("\"%s\" is not in:\n%s", want, outbuf_str(teller_out(t)));
}

/* A function that it will call is where it starts; the creator's place in the program is not. */
static void a_thread_starts_in_what_it_runs(void **state)
{
	const struct backtrace bt = { .n = 2,
		.frame = { { .pc = 1, .symbol = "posix_spawn" }, { .pc = 2, .symbol = "maker", .in_program = true } } };
	const struct start_routine starts[] = {
		{ .known = true, .at = { .pc = 9, .symbol = "own" } },
		{ .known = true, .at = { .pc = 9, .symbol = "trampoline" }, .label = { .pc = 8, .symbol = "called" } },
		{ .known = true,
			.at = { .pc = 9, .symbol = "trampoline" },
			.arg_known = true,
			.arg = 5,
			.label = { .pc = 2, .symbol = "maker" } },
	};
	static const char *const says[] = { "starts in    own\n", "starts in    called, behind trampoline\n",
		"starts in    trampoline, arg 0x5, on behalf of maker\n" };
	(void)state;

	for (unsigned i = 0; i < ARRAY_SIZE(starts); i++) {
		struct teller t;
		teller_init(&t, 64, "text", NULL);
		const struct task *main = tell_program(&t, LIBC_GLIBC),
				  *task = model_task_new(t.tell.model, 101, 100, main);
		t.ev = (struct event){ .kind = EV_BIRTH,
			.task = task,
			.u.birth = { .kind = BIRTH_CALL,
				.args = pthread_args(BLOCK, 0xe000, TLS),
				.creator = main,
				.followed = true,
				.bt = &bt,
				.start = &starts[i] } };
		tell(&t);
		if (!strstr(outbuf_str(teller_out(&t)), says[i]))
			fail_msg("\"%s\" is not in:\n%s", says[i], outbuf_str(teller_out(&t)));
		teller_release(&t);
	}
}

/* What a thread is for is told at its end, when its name is known; the sentence once. */
static void a_role_is_told_by_its_marks(void **state)
{
	const struct start_routine start = { .known = true,
		.at = { .pc = 9, .module = "libjvm.so", .symbol = "entry" } };
	static const char *const says[][2] = {
		{ "   role         VM thread (OpenJDK), by the place of its start routine in libjvm.so and its name: "
		  "does what",
			"   role         VM thread (OpenJDK), by the place of its start routine in libjvm.so and its "
			"name\n" },
		{ "\"role\":{\"id\":\"openjdk-vm-thread\",\"runtime\":\"OpenJDK\",\"label\":\"VM thread\",\"by\":\"the "
		  "place of "
		  "its start routine in libjvm.so and its name\"}",
			"\"openjdk-vm-thread\"" },
	};
	(void)state;

	for (unsigned i = 0; i < ARRAY_SIZE(says); i++) {
		struct teller t;
		teller_init(&t, 64, i ? "json" : "text", NULL);
		const struct task *main = tell_program(&t, LIBC_GLIBC), *task[3];
		for (pid_t j = 0; j < 3; j++) {
			task[j] = model_task_new(t.tell.model, 101 + j, 100, main);
			t.ev = (struct event){ .kind = EV_BIRTH,
				.task = task[j],
				.u.birth = { .kind = BIRTH_CALL,
					.args = pthread_args(BLOCK, 0xe000, TLS),
					.creator = main,
					.followed = true,
					.start = &start } };
			tell(&t);
			assert_null(task[j]->role);
			t.ev = (struct event){
				.kind = EV_NAMED, .task = task[j], .u.named.comm = j < 2 ? "VM Thread" : "mine"
			};
			tell(&t);
		}
		assert_string_equal(task[0]->role->id, "openjdk-vm-thread");
		assert_null(task[2]->role);
		for (unsigned j = 0; j < 3; j++) {
			outbuf_clear(teller_out(&t));
			tell_end(&t, task[j], END_EXIT, 0);
			if (j < 2 ? !strstr(outbuf_str(teller_out(&t)), says[i][j]) :
				    strstr(outbuf_str(teller_out(&t)), "role") != NULL)
				fail_msg("\"%s\":\n%s", j < 2 ? says[i][j] : "no role", outbuf_str(teller_out(&t)));
		}
		teller_release(&t);
	}
}

/* Of a thread that was there its name is known at once. */
static void a_role_is_told_of_who_was_there(void **state)
{
	const struct start_routine start = { .known = true,
		.at = { .pc = 9, .module = "libjvm.so", .symbol = "entry" } };
	const struct attached_facts facts = { .libc = LIBC_GLIBC };
	static const char *const names[] = { "VM Thread", "VM Threads" },
				 *const says[] = { "entry, VM thread (OpenJDK)\n", "entry\n" };
	(void)state;

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		struct teller t;
		teller_init(&t, 64, "text", NULL);
		t.ev = (struct event){ .kind = EV_BIRTH,
			.task = model_task_new(t.tell.model, 101, 100, NULL),
			.u.birth = { .kind = BIRTH_ATTACHED,
				.followed = true,
				.comm = names[i],
				.attached = &facts,
				.start = &start } };
		tell(&t);
		if (!strstr(outbuf_str(teller_out(&t)), says[i]))
			fail_msg("\"%s\" is not in:\n%s", says[i], outbuf_str(teller_out(&t)));
		teller_release(&t);
	}
}

static void a_life_on_cpus_is_told_as_far_as_it_is_known(void **state)
{
	static const struct {
		struct ev_end end;
		const char *says;
	} rows[] = {
		{ { .cpu_known = true, .cpu_ns = 1000, .wait_ns = 2000, .turns = 1 },
			"1 us on CPU in 1 turn, waited 2 us to run\n" },
		{ { .cpu_known = true, .turns = 20, .split_known = true, .voluntary = 1, .involuntary = 19 },
			" in 20 turns, waited 0 ns to run; 1 voluntary switch, 19 involuntary\n" },
		{ { .cpu_spared = true }, "less than 1 ms: how much of it on CPU was not looked up\n" },
	};
	(void)state;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct teller t;
		teller_init(&t, 64, "text", NULL);
		t.ev = (struct event){ .kind = EV_END, .task = tell_program(&t, LIBC_GLIBC), .u.end = rows[i].end };
		tell(&t);
		if (!strstr(outbuf_str(teller_out(&t)), rows[i].says))
			fail_msg("\"%s\" is not in:\n%s", rows[i].says, outbuf_str(teller_out(&t)));
		teller_release(&t);
	}
}

/* Of 23 that live on, of which one rested and one was not asked: the busiest come first, and the rest is added up. */
static void who_lives_on_is_told_by_what_it_ran(void **state)
{
	const struct attached_facts facts = { .cpu_known = true,
		.used = { .cpu_ns = 1000, .wait_ns = 50, .turns = 3 } };
	struct teller t;
	(void)state;

	teller_init(&t, 64, "text", NULL);
	for (unsigned i = 0; i < 23; i++) {
		const struct task *x = model_task_new(t.tell.model, (pid_t)(400 + i), 400, NULL);
		t.ev = (struct event){ .kind = EV_BIRTH,
			.task = x,
			.u.birth = { .kind = BIRTH_ATTACHED, .followed = true, .comm = "pool", .attached = &facts } };
		tell(&t);
		struct ev_end end = { .how = END_DETACHED,
			.cpu_known = i != 22,
			.cpu_ns = 1000 + i * 2000,
			.wait_ns = 50 + i,
			.turns = 3 + (i > 0) };
		t.ev = (struct event){ .kind = EV_END, .task = x, .t_ns = 100000, .u.end = end };
		tell(&t);
	}
	t.ev = (struct event){ .kind = EV_SUMMARY, .t_ns = 100000 };
	tell(&t);
	const char *page = outbuf_str(teller_out(&t)), *at = strstr(page, "WATCHED for ");
	assert_non_null(at);
	const char *first = strstr(at, "T21 "), *last = strstr(at, "T2 ");
	assert_true(first && last && first < last);
	assert_non_null(strstr(at, " 42 us "));
	assert_null(strstr(at, "T1 "));
	assert_null(strstr(at, "T22 "));
	assert_non_null(strstr(at, "  and 2 more, which ran 2 us\n23 threads let go"));
	teller_release(&t);
}

/* The text of a chain is kept for the next birth: any difference in its frames makes it anew. */
static void a_chain_is_that_of_its_own_birth(void **state)
{
	struct teller t;
	struct backtrace bt = { .n = 2,
		.frame = { { .pc = 1, .symbol = "inner" }, { .pc = 2, .symbol = "outer", .in_program = true } } };
	(void)state;

	teller_init(&t, 64, "text", NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	born_from(&t, main, 101, &bt, "  (outer < inner)\n");
	born_from(&t, main, 102, &bt, "  (outer < inner)\n");
	bt.frame[0].symbol = "other"; /* the same address after dlclose and dlopen */
	born_from(&t, main, 103, &bt, "  (outer < other)\n");
	bt.frame[1] = (struct frame){ .pc = 2, .module = "lib.so", .module_offset = 0x10 };
	born_from(&t, main, 104, &bt, "  (lib.so+0x10 < other)\n");
	bt.frame[1].module_offset = 0x20;
	born_from(&t, main, 105, &bt, "  (lib.so+0x20 < other)\n");
	bt.stopped = "no unwind information";
	born_from(&t, main, 106, &bt, "  (lib.so+0x20 < other), and no further: no unwind information\n");
	bt.stopped = NULL;
	bt.n = 1;
	born_from(&t, main, 107, &bt, "  (other)\n");
	bt.n = 9;
	for (size_t i = 0; i < bt.n; i++)
		bt.frame[i] = (struct frame){ .pc = i, .symbol = "f", .in_program = true };
	bt.frame[8].symbol = "main";
	born_from(&t, main, 108, &bt, "  (... < f < f < f < f < f < f < f < f)\n");
	bt.frame[7].symbol = "main"; /* as many frames are shown, but none is left out */
	bt.n = 8;
	born_from(&t, main, 109, &bt, "  (main < f < f < f < f < f < f < f)\n");
	teller_release(&t);
}

/*
 * A call that sleeps is one line when nothing comes in between; and is shown as it is when all is quiet, or its task
 * dies.
 */
static void a_held_line_is_completed_or_closed(void **state)
{
	(void)state;
	for (int how = 0; how < 3; how++) {
		struct teller t;
		teller_init(&t, 64, "text", NULL);
		const struct task *main = tell_program(&t, LIBC_GLIBC);
		struct call_clone args = pthread_args(BLOCK, 0xe000, TLS);
		const struct task *a = tell_birth(&t, main, 101, &args, NULL);
		outbuf_clear(teller_out(&t));
		tell_wait(&t, main, TLS + 0x2d0, FUTEX_WAIT, 101);
		assert_int_equal(teller_out(&t)->len, 0);
		if (how == 1)
			t.tell.view[0].sink->ops->idle(t.tell.view[0].sink, teller_out(&t));
		struct call wait = t.call;
		t.ev = (struct event){ .kind = EV_CALL,
			.task = main,
			.u.call = { .call = &wait,
				.joins = a,
				.how = how == 2 ? RESULT_NEVER : RESULT_SEEN,
				.resumed = true } };
		tell(&t);
		const char *text = outbuf_str(teller_out(&t));
		assert_non_null(strstr(text, how == 0 ? "NULL) = 0\n" : how == 1 ? " ...\n" : "NULL) = ?\n"));
		assert_non_null(strstr(text, "pthread_join"));
		assert_ptr_equal(strstr(strstr(text, "FUTEX_WAIT") + 1, "FUTEX_WAIT"), NULL);
		teller_release(&t);
	}
}

static void json_is_one_object_a_line(void **state)
{
	static const char *const kinds[] = { "start", "birth", "call", "call_begin", "exec", "signal", "stopped",
		"continued", "join", "leader_exit", "end", "finding", "summary", "name" };
	unsigned seen[ARRAY_SIZE(kinds)] = { 0 };
	struct teller t;
	(void)state;

	teller_init(&t, 64, "json", NULL);
	story(&t);
	char *text = teller_out(&t)->data;
	no_control_byte(text, false);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		json_error_t err;
		json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, &err);
		if (!o)
			fail_msg("%s: %s", err.text, line);
		const char *kind = json_string_value(json_object_get(o, "event"));
		assert_non_null(kind);
		assert_true(json_is_integer(json_object_get(o, "t_ns")) && json_is_integer(json_object_get(o, "seq")));
		for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++)
			seen[i] += strcmp(kinds[i], kind) == 0;
		json_decref(o);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!seen[i])
			fail_msg("no event \"%s\"", kinds[i]);
	teller_release(&t);
}

static void a_timeline_is_one_array(void **state)
{
	static const char kinds[] = "MBEXisfC";
	unsigned seen[sizeof(kinds)] = { 0 };
	struct teller t;
	json_error_t err;
	size_t i;
	json_t *row;
	(void)state;

	teller_init(&t, 64, "chrome", NULL);
	story(&t);
	no_control_byte(teller_out(&t)->data, false);
	json_t *rows = json_loads(teller_out(&t)->data, JSON_REJECT_DUPLICATES, &err);
	if (!rows)
		fail_msg("line %d: %s", err.line, err.text);
	json_array_foreach(rows, i, row)
	{
		const char *ph = json_string_value(json_object_get(row, "ph"));
		assert_true(ph && ph[0] && strchr(kinds, ph[0]));
		seen[strchr(kinds, ph[0]) - kinds]++;
		assert_true(
			json_is_string(json_object_get(row, "name")) && json_is_integer(json_object_get(row, "pid")));
		assert_true(ph[0] == 'M' || json_is_real(json_object_get(row, "ts")));
	}
	for (i = 0; kinds[i]; i++)
		if (!seen[i])
			fail_msg("no row \"%c\"", kinds[i]);
	json_decref(rows);
	teller_release(&t);
}

static void a_timeline_of_nothing_is_an_array(void **state)
{
	const struct sink_config config = { 0 };
	struct sink *s = sink_new(sink_by_name("chrome"), &config);
	const struct event over = { .kind = EV_SUMMARY };
	struct outbuf out;
	(void)state;

	assert_non_null(s);
	outbuf_init(&out, 64);
	assert_int_equal(s->ops->event(s, &over, NULL, &out), 0);
	assert_string_equal(outbuf_str(&out), "[]\n");
	outbuf_release(&out);
	sink_free(s);
}

static void the_views_have_names(void **state)
{
	(void)state;
	assert_string_equal(sink_at(0)->name, "text");
	assert_ptr_equal(sink_by_name("json"), sink_at(1));
	assert_null(sink_by_name("xml"));
	assert_null(sink_at(99));
	sink_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_view_tells_each_kind_of_event),
		cmocka_unit_test(text_has_its_styles),
		cmocka_unit_test(a_thread_starts_in_what_it_runs),
		cmocka_unit_test(a_role_is_told_by_its_marks),
		cmocka_unit_test(a_role_is_told_of_who_was_there),
		cmocka_unit_test(a_life_on_cpus_is_told_as_far_as_it_is_known),
		cmocka_unit_test(who_lives_on_is_told_by_what_it_ran),
		cmocka_unit_test(a_chain_is_that_of_its_own_birth),
		cmocka_unit_test(a_held_line_is_completed_or_closed),
		cmocka_unit_test(json_is_one_object_a_line),
		cmocka_unit_test(a_timeline_is_one_array),
		cmocka_unit_test(a_timeline_of_nothing_is_an_array),
		cmocka_unit_test(the_views_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Lines in the grammar of strace -f -ttt -T -o: each story and the whole of what is written of it. */
#include "teller.h"

#include <errno.h>
#include <signal.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define WORD  0x7f00000ff2d0
#define BLOCK 0x7f0000000000
#define WAIT  0x109 /* FUTEX_WAIT_BITSET|FUTEX_CLOCK_REALTIME */

/* The wall clock begins at 2 s; each event is 1 us later. T0 is 100, T1 101, and neither's birth has lines. */
static const struct task *begin(struct teller *t, const struct task **thread)
{
	char *argv[] = { "prog", NULL };
	struct call_clone args = pthread_args(BLOCK, 0x100000, BLOCK + 0xff000);

	teller_init(t, 16, "strace", NULL);
	t->ev = (struct event){
		.kind = EV_START,
		.u.start = { .argv = argv,
			.version = "0",
			.kernel = "6",
			.arch = "",
			.mode = "",
			.wall_ns = 2000001000 }, /* of its own instant, 1 us after the trace's begin */
	};
	tell(t);
	const struct task *main = tell_program(t, LIBC_GLIBC);
	*thread = tell_birth(t, main, 101, &args, NULL);
	outbuf_clear(teller_out(t));
	t->t_ns = 0;
	return main;
}

static void is(struct teller *t, const char *lines)
{
	t->ev = (struct event){ .kind = EV_SUMMARY };
	tell(t);
	assert_string_equal(outbuf_str(teller_out(t)), lines);
	teller_release(t);
}

/* The end of a wait that was told to begin. */
static void wait_ends(struct teller *t, const struct task *task, int64_t result)
{
	t->call = (struct call){ .id = CALL_futex, .abi = abi_native(), .arg = { WORD, WAIT, 101 } };
	t->ev = (struct event){ .kind = EV_CALL,
		.task = task,
		.u.call = {
			.call = &t->call, .how = RESULT_SEEN, .result = result, .took_ns = 1000000, .resumed = true } };
	tell(t);
}

static void a_call_is_stamped_with_its_begin(void **state)
{
	const struct task *one;
	struct teller t;
	const struct task *main = begin(&t, &one);
	(void)state;

	t.t_ns = 1500000;
	tell_call(&t, main, CALL_munmap, 0, 0x7000, 4096);
	t.ev.u.call.took_ns = 1000000;
	tell(&t);
	tell_call(&t, one, CALL_setuid, -1, 5);
	is(&t,
		"100   2.001500 munmap(0x7000, 4096)     = 0 <0.000000>\n"
		"100   2.000502 munmap(0x7000, 4096)     = 0 <0.001000>\n"
		"101   2.001502 setuid(5)                = -1 EPERM (Operation not permitted) <0.000000>\n");
}

static void a_wait_is_one_line_where_nothing_comes_between(void **state)
{
	const struct task *one;
	struct teller t;
	const struct task *main = begin(&t, &one);
	(void)state;

	tell_wait(&t, main, WORD, WAIT, 101);
	wait_ends(&t, main, 0);
	is(&t,
		"100   2.000001 futex(0x7f00000ff2d0, FUTEX_WAIT_BITSET|FUTEX_CLOCK_REALTIME, 101, NULL, 0) = 0 "
		"<0.001000>\n");
}

/* strace has no other word on a first thread than what wait(2) says of the process. */
static void ends_as(struct process_end process, const char *line)
{
	const struct task *one;
	struct teller t;
	const struct task *main = begin(&t, &one);

	t.ev = (struct event){
		.kind = EV_END, .task = main, .u.end = { .how = END_EXIT, .process = process, .exit_stop_seen = true }
	};
	tell(&t);
	is(&t, line);
}

static void a_first_thread_ends_as_its_process(void **state)
{
	(void)state;
	ends_as((struct process_end){ .other = true, .status = 3 }, "100   2.000001 +++ exited with 3 +++\n");
}

static void a_first_thread_ends_by_what_killed_its_process(void **state)
{
	(void)state;
	ends_as((struct process_end){ .other = true, .sig = SIGKILL }, "100   2.000001 +++ killed by SIGKILL +++\n");
}

static void a_wait_is_left_and_resumed_elsewhere(void **state)
{
	const struct task *one;
	struct teller t;
	const struct task *main = begin(&t, &one);
	(void)state;

	tell_wait(&t, main, WORD, WAIT, 101);
	tell_end(&t, one, END_EXIT, 3);
	wait_ends(&t, main, -EAGAIN);
	is(&t,
		"100   2.000001 futex(0x7f00000ff2d0, FUTEX_WAIT_BITSET|FUTEX_CLOCK_REALTIME, 101, NULL, 0 <unfinished "
		"...>\n"
		"101   2.000002 +++ exited with 3 +++\n"
		"100   2.000003 <... futex resumed>)     = -1 EAGAIN (Resource temporarily unavailable) <0.001000>\n");
}

static void a_wait_that_the_end_cuts_has_no_result(void **state)
{
	const struct task *one;
	struct teller t;
	const struct task *main = begin(&t, &one);
	(void)state;

	tell_wait(&t, main, WORD, WAIT, 101);
	tell_end(&t, one, END_SIGNAL, SIGSEGV);
	t.ev = (struct event){ .kind = EV_END,
		.task = main,
		.u.end = { .how = END_SIGNAL, .sig = SIGSEGV, .core = true, .exit_stop_seen = true } };
	tell(&t);
	is(&t,
		"100   2.000001 futex(0x7f00000ff2d0, FUTEX_WAIT_BITSET|FUTEX_CLOCK_REALTIME, 101, NULL, 0 <unfinished "
		"...>\n"
		"101   2.000002 +++ killed by SIGSEGV +++\n"
		"100   2.000003 <... futex resumed>)     = ?\n"
		"100   2.000003 +++ killed by SIGSEGV (core dumped) +++\n");
}

static void what_was_not_seen_is_unavailable(void **state)
{
	const struct task *one;
	struct teller t;
	const struct task *main = begin(&t, &one);
	(void)state;

	tell_call(&t, main, CALL_unshare, 0, CLONE_FS_);
	t.ev.u.call.how = RESULT_NOT_SEEN;
	t.ev.u.call.took_ns = 0;
	outbuf_clear(teller_out(&t));
	tell(&t);
	t.call = (struct call){ .id = CALL_exit, .abi = abi_native(), .arg = { 7 } };
	t.ev = (struct event){ .kind = EV_CALL, .task = one, .u.call = { .call = &t.call, .how = RESULT_NEVER } };
	tell(&t);
	is(&t,
		"100   2.000002 unshare(CLONE_FS)        = ? <unavailable>\n"
		"101   2.000003 exit(7)                  = ?\n");
}

static void a_thread_that_execs_supersedes_the_first(void **state)
{
	const struct task *one;
	struct teller t;
	const struct task *main = begin(&t, &one);
	(void)state;

	t.ev = (struct event){
		.kind = EV_END, .task = main, .u.end = { .how = END_EXEC, .by = one, .exit_stop_seen = true }
	};
	tell(&t);
	t.ev = (struct event){
		.kind = EV_EXEC, .task = one, .u.exec = { .path = "/bin/\"x\"", .comm = "x", .former_tid = 101 }
	};
	((struct task *)one)->id.tid = 100; /* as the tracer tells it */
	tell(&t);
	is(&t,
		"101   2.000002 execve(\"/bin/\\\"x\\\"\", ... <unfinished ...>\n"
		"100   2.000002 +++ superseded by execve in pid 101 +++\n"
		"100   2.000002 <... execve resumed>)    = 0\n");
}

static struct call an_execve(void)
{
	return (struct call){ .id = CALL_execve,
		.abi = abi_native(),
		.arg = { 0x1000, 0x2000, 0x3000 },
		.u.exec = { .path = "/bin/x", .path_read = true, .argv_read = true, .envp_read = true, .envc = 12 } };
}

static void an_execve_says_what_it_hands_over(void **state)
{
	const struct task *one;
	struct teller t;
	const struct task *main = begin(&t, &one);
	(void)state;

	t.call = an_execve();
	t.ev = (struct event){ .kind = EV_CALL,
		.task = main,
		.u.call = {
			.call = &t.call, .how = RESULT_SEEN, .result = -ENOENT, .argv = "[\"x\"]", .took_ns = 1000 } };
	tell(&t);
	t.call.u.exec.envp_read = false;
	t.ev = (struct event){ .kind = EV_EXEC,
		.task = main,
		.u.exec = { .path = "/bin/x", .call = &t.call, .argv = "[]", .took_ns = 1000, .former_tid = 100 } };
	tell(&t);
	t.call = (struct call){ .id = CALL_execveat, .abi = abi_native(), .arg = { (uint64_t)-100, 0x1000, 0, 0 } };
	t.ev.u.exec = (struct ev_exec){ .call = &t.call, .former_tid = 101 };
	tell(&t);
	is(&t,
		"100   2.000001 execve(\"/bin/x\", [\"x\"], 0x3000 /* 12 vars */) = -1 ENOENT (No such file or "
		"directory) "
		"<0.000001>\n"
		"100   2.000001 execve(\"/bin/x\", [], 0x3000 /* 12 vars, unterminated */) = 0 <0.000001>\n"
		"101   2.000003 execveat(AT_FDCWD, 0x1000, NULL, NULL, 0 <unfinished ...>\n"
		"100   2.000003 +++ superseded by execve in pid 101 +++\n"
		"100   2.000003 <... execveat resumed>)  = 0\n");
}

static void it_begins_with_the_programs_own_execve(void **state)
{
	char *argv[] = { "prog", "a b", NULL };
	struct teller t;
	(void)state;

	teller_init(&t, 16, "strace", NULL);
	t.ev = (struct event){ .kind = EV_START,
		.u.start = { .argv = argv, .program = { "/bin/prog", 0x3000, 1 }, .wall_ns = 2000001000 } };
	tell(&t);
	assert_string_equal(outbuf_str(teller_out(&t)), "");
	tell_program(&t, LIBC_GLIBC);
	is(&t,
		"100   2.000002 execve(\"/bin/prog\", [\"prog\", \"a b\"], 0x3000 /* 1 var */) = 0\n"
		"100   2.000003 execve(\"/bin/prog\", ...) = 0\n"); /* as the teller tells it */
}

static void a_signal_has_what_is_known_of_it(void **state)
{
	const struct task *one;
	struct teller t;
	const struct task *main = begin(&t, &one);
	(void)state;

	t.ev = (struct event){ .kind = EV_SIGNAL,
		.task = main,
		.u.signal = { .sig = SIGUSR1, .code = SI_TKILL, .sender = 100, .info_known = true } };
	tell(&t);
	t.ev = (struct event){ .kind = EV_SIGNAL,
		.task = one,
		.u.signal = { .sig = SIGSEGV, .code = SEGV_MAPERR, .fault = true, .info_known = true } };
	tell(&t);
	t.ev = (struct event){ .kind = EV_STOPPED, .task = main, .u.signal = { .sig = SIGTSTP } };
	tell(&t);
	is(&t,
		"100   2.000001 --- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_TKILL, si_pid=100} ---\n"
		"101   2.000002 --- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=NULL} ---\n"
		"100   2.000003 --- stopped by SIGTSTP ---\n");
}

static void who_is_let_go_has_no_end(void **state)
{
	const struct task *one;
	struct teller t;
	const struct task *main = begin(&t, &one);
	(void)state;

	tell_wait(&t, main, WORD, WAIT, 101);
	tell_end(&t, main, END_DETACHED, 0);
	tell_end(&t, one, END_DETACHED, 0);
	is(&t,
		"100   2.000001 futex(0x7f00000ff2d0, FUTEX_WAIT_BITSET|FUTEX_CLOCK_REALTIME, 101, NULL, 0 <detached "
		"...>\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_is_stamped_with_its_begin),
		cmocka_unit_test(a_wait_is_one_line_where_nothing_comes_between),
		cmocka_unit_test(a_first_thread_ends_as_its_process),
		cmocka_unit_test(a_first_thread_ends_by_what_killed_its_process),
		cmocka_unit_test(a_wait_is_left_and_resumed_elsewhere),
		cmocka_unit_test(a_wait_that_the_end_cuts_has_no_result),
		cmocka_unit_test(what_was_not_seen_is_unavailable),
		cmocka_unit_test(a_thread_that_execs_supersedes_the_first),
		cmocka_unit_test(an_execve_says_what_it_hands_over),
		cmocka_unit_test(it_begins_with_the_programs_own_execve),
		cmocka_unit_test(a_signal_has_what_is_known_of_it),
		cmocka_unit_test(who_is_let_go_has_no_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

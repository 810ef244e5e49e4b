/* SPDX-License-Identifier: MIT */
/*
 * What thrtrace must not do to a program, over a scripted kernel (test_races.c says how): keep a thread that is dead,
 * open its sandbox, tell of a stop that is over, leave out a program that never ran.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/ptrace.h>

#include "races.h"

/* ---- a filter of the program's own ---- */

static void own_filter_stops(struct fake *f)
{
	fk_start(f);
	fk_clone(f, P, THREAD, STACK(A));
	fk_foreign(f);
	fk_return(f, P, -ENOSYS);
	fk_call(f, P, CALL_exit_group, 3);
	fk_foreign(f);
	makes_thread(f, P, A);
	fk_call(f, A, CALL_OTHER, 0);
	fk_foreign(f);
	thread_ends(f, A, 0);
}

/* Untraced it would have got ENOSYS: the program must not be able to do what its sandbox forbids. */
static void a_call_that_another_filter_stops_is_refused(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	own_filter_stops(f);
	tells(f, BEGINS "T0 call clone = -38\n" MADE_A "T1 end exit(0)\nT0 end exit(0)\n");
	assert_string_equal(fk_resumes(f, P), "cont refused syscall cont refused cont syscall cont cont");
	assert_string_equal(fk_resumes(f, A), "cont refused cont cont detach");
	fk_free(f);
}

/* A child that is not followed has the filter, too. */
static void a_silent_childs_call_is_refused(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_start(f);
	forks(f, P, A);
	fk_clone(f, A, THREAD, STACK(B));
	fk_foreign(f);
	fk_pause(f, 1);
	assert_int_equal(fk_run(f), 0);
	assert_string_equal(fk_resumes(f, A), "cont refused cont cont");
	fk_free(f);
}

/* ---- execve that kills ---- */

static void killed_in_execve(struct fake *f)
{
	fk_call(f, P, CALL_execve, 0);
	fk_exit_stop(f, P, SIGSEGV);
	fk_killed(f, P, SIGSEGV);
}

/* Of a program that the kernel could not load there is a trace all the same. */
static void a_program_that_dies_in_its_execve_is_told(void **state)
{
	static const enum trace_mode modes[] = { MODE_FILTER, MODE_ALL, MODE_LIGHT };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		struct fake *f = fk_new(modes[i]);
		killed_in_execve(f);
		tells(f, BEGINS "T0 end signal 11\n");
		assert_int_equal(fk_run_of(f)->main.wstatus, SIGSEGV);
		fk_free(f);

		f = fk_new(modes[i]);
		fk_dies(f, P);
		fk_killed(f, P, SIGKILL);
		tells(f, BEGINS "T0 end signal 9, no exit stop\n");
		fk_free(f);
	}
}

/* ---- let go at the exit stop ---- */

static void joins(struct fake *f, bool end_first)
{
	fk_start(f);
	makes_thread(f, P, A);
	fk_call(f, P, CALL_futex, FK_WORD(STACK(A)), FUTEX_WAIT, A);
	fk_pause(f, LATE);
	fk_exits(f, A, 0);
	if (end_first)
		fk_exited(f, A, 0);
	fk_return(f, P, 0);
	if (!end_first)
		fk_exited(f, A, 0);
	fk_pause(f, LATE);
}

/*
 * It was let go at its exit stop, and the joiner comes before its word is cleared: no wait in vain, but a join. The end
 * has been told without it.
 */
static void let_go_then_joins(struct fake *f)
{
	fk_start(f);
	makes_thread(f, P, A);
	fk_exits(f, A, 0);
	fk_pause(f, 1);
	fk_call(f, P, CALL_futex, FK_WORD(STACK(A)), FUTEX_WAIT, A);
	fk_pause(f, LATE);
	fk_return(f, P, 0);
}

static void one_that_was_let_go_is_joined(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	let_go_then_joins(f);
	tells(f,
		BEGINS MADE_A "T1 end exit(0)\nT0 begin futex joins T1\nT0 call futex joins T1 = 0\nT0 joined T1\n"
			      "T0 end exit(0)\n");
	assert_string_equal(fk_resumes(f, A), "cont cont detach");
	fk_free(f);
}

/* A record from before threads were let go tells what it told. */
static void an_old_record_keeps_it_to_its_last_word(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_run_of(f)->lets_go = false;
	joins(f, true);
	tells(f,
		BEGINS MADE_A "T0 begin futex joins T1\nT0 call futex joins T1 = 0\nT0 joined T1\n"
			      "T1 end exit(0)\nT0 end exit(0)\n");
	assert_string_equal(fk_resumes(f, A), "cont cont cont");
	fk_free(f);
}

/* Only one that exits by itself has told all: what tears the others down is told by their last word. */
static void one_that_is_torn_down_is_kept(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_start(f);
	makes_thread(f, P, A);
	fk_call(f, P, CALL_exit_group, 3);
	fk_exit_stop(f, A, 3 << 8);
	fk_exit_stop(f, P, 3 << 8);
	fk_exited(f, A, 3);
	fk_exited(f, P, 3);
	assert_int_equal(fk_run(f), 0);
	assert_string_equal(fk_resumes(f, A), "cont cont");
	fk_free(f);
}

/* The tid is free as soon as it is let go: the next owner is another task. */
static void let_go_then_reused(struct fake *f)
{
	fk_start(f);
	makes_thread(f, P, A);
	fk_exits(f, A, 0);
	makes_thread(f, P, A);
	fk_exits(f, A, 0);
	fk_clone(f, P, THREAD, STACK(A));
	fk_task(f, A, P, P);
	fk_trap(f, A);
	fk_pause(f, 1);
	fk_created(f, P, PTRACE_EVENT_CLONE, A, P);
}

static void the_tid_of_one_that_was_let_go_is_reused(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	let_go_then_reused(f);
	tells(f,
		BEGINS MADE_A "T1 end exit(0)\nT0 call clone = +1\nT2 birth thread by T0\nT2 end exit(0)\n"
			      "T0 call clone = +1\nT3 birth thread by T0\nT3 end exit(0)\nT0 end exit(0)\n");
	fk_free(f);
}

/* A process that is not followed: its threads are let go as well. */
static void a_silent_thread_is_let_go(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_start(f);
	forks(f, P, A);
	fk_clone(f, A, THREAD, STACK(B));
	fk_created(f, A, PTRACE_EVENT_CLONE, B, A);
	fk_trap(f, B);
	fk_pause(f, 1);
	fk_exits(f, B, 0);
	fk_pause(f, 1);
	assert_int_equal(fk_run(f), 0);
	assert_string_equal(fk_resumes(f, B), "cont cont detach");
	fk_free(f);
}

/* ---- a stop that is over ---- */

/* A's report of the stop is fetched after P's that it is over. The next stop is one again, whoever reports it first. */
static void group_stop_is_late(struct fake *f)
{
	fk_start(f);
	makes_thread(f, P, A);
	fk_signal(f, P, SIGSTOP);
	fk_group_stop(f, P, SIGSTOP);
	fk_pause(f, LATE);
	fk_trap(f, P);
	fk_group_stop(f, A, SIGSTOP);
	fk_trap(f, A);
	fk_signal(f, P, SIGCONT);
	fk_pause(f, 1);
	fk_signal(f, P, SIGTSTP);
	fk_group_stop(f, A, SIGTSTP);
	fk_group_stop(f, P, SIGTSTP);
	fk_pause(f, LATE);
	fk_trap(f, P);
	fk_trap(f, A);
}

static void a_late_group_stop_is_told_once(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	group_stop_is_late(f);
	tells(f,
		BEGINS MADE_A "T0 stopped 19\nT0 continued\nT1 stopped 20\nT0 continued\nT1 end exit(0)\nT0 end "
			      "exit(0)\n");
	assert_string_equal(fk_resumes(f, A), "cont listen cont listen cont detach");
	fk_free(f);
}

/* ---- SIGKILL, anywhere ---- */

static void sigkill_breaks_no_promise(void **state)
{
	static void (*const scenarios[])(struct fake *) = {
		own_filter_stops,
		killed_in_execve,
		let_go_then_joins,
		let_go_then_reused,
		group_stop_is_late,
	};
	(void)state;

	for (unsigned i = 0; i < ARRAY_SIZE(scenarios); i++) {
		fk_kill_everywhere(MODE_FILTER, scenarios[i]);
		fk_kill_everywhere(MODE_ALL, scenarios[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_that_another_filter_stops_is_refused),
		cmocka_unit_test(a_silent_childs_call_is_refused),
		cmocka_unit_test(a_program_that_dies_in_its_execve_is_told),
		cmocka_unit_test(one_that_was_let_go_is_joined),
		cmocka_unit_test(an_old_record_keeps_it_to_its_last_word),
		cmocka_unit_test(one_that_is_torn_down_is_kept),
		cmocka_unit_test(the_tid_of_one_that_was_let_go_is_reused),
		cmocka_unit_test(a_silent_thread_is_let_go),
		cmocka_unit_test(a_late_group_stop_is_told_once),
		cmocka_unit_test(sigkill_breaks_no_promise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

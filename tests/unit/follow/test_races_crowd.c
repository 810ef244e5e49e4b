/* SPDX-License-Identifier: MIT */
/*
 * What threads do while many others are seized and told of (attach_meanwhile.h), over a scripted kernel: test_races.c
 * says how. Two are many here. P and A run when thrtrace comes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>

#include "follow/attach.h"
#include "races.h"

static struct fake *there(void)
{
	struct fake *f = fk_new(MODE_LIGHT);

	fk_attach(f);
	fk_there(f, P);
	fk_there(f, A);
	return f;
}

/* What follows happens while they are seized. */
static struct fake *seizing(void)
{
	struct fake *f = there();

	fk_many(f, 1);
	return f;
}

static void makes(struct fake *f, pid_t tid, pid_t child)
{
	fk_clone(f, tid, THREAD, STACK(child));
	fk_created(f, tid, PTRACE_EVENT_CLONE, child, P);
}

/* Nobody ends by himself before that. */
static void until_all_are_told_of(struct fake *f)
{
	fk_pause(f, 1000000000);
}

/* What was scripted happens when all are seized, and nobody is told of yet. */
static void seized(struct fake *f)
{
	assert_int_equal(attach_begin(fk_run_of(f), (const pid_t[]){ P }, 1), 1);
	fk_many(f, 1);
}

#define TWO   "start\nT0 birth attached process\nT1 birth attached thread\n"
#define THREE TWO "T2 birth attached thread\n"
#define ENDS  "T1 end exit(0)\nT0 end exit(0)\n"

/* ---- while they are seized ---- */

static void a_thread_that_is_born_meanwhile_is_taken_in(void **state)
{
	struct fake *f = seizing();
	(void)state;

	makes(f, A, B);
	fk_trap(f, B);
	until_all_are_told_of(f);
	tells(f, THREE "T2 end exit(0)\n" ENDS);
	fk_free(f);
}

static void so_it_is_where_it_stops_before_its_creators_event(void **state)
{
	struct fake *f = seizing();
	(void)state;

	fk_clone(f, A, THREAD, STACK(B));
	fk_task(f, B, P, P);
	fk_trap(f, B);
	fk_created(f, A, PTRACE_EVENT_CLONE, B, P);
	until_all_are_told_of(f);
	tells(f, THREE "T2 end exit(0)\n" ENDS);
	fk_free(f);
}

/* Its creator is not held for that: it makes another one. */
static void a_creator_goes_on_though_its_child_has_not_come(void **state)
{
	struct fake *f = seizing();
	(void)state;

	makes(f, A, B);
	makes(f, A, C);
	fk_trap(f, B);
	fk_trap(f, C);
	until_all_are_told_of(f);
	tells(f, THREE "T3 birth attached thread\nT3 end exit(0)\nT2 end exit(0)\n" ENDS);
	fk_free(f);
}

/* It runs already, and its creator has no CPU yet to speak of it: that is waited for, and nobody is held for it. */
static void a_creator_that_speaks_late_is_not_held(void **state)
{
	struct fake *f = seizing();
	(void)state;

	fk_clone(f, A, THREAD, STACK(B));
	fk_task(f, B, P, P);
	fk_trap(f, B);
	fk_pause(f, 5000000);
	fk_created(f, A, PTRACE_EVENT_CLONE, B, P);
	until_all_are_told_of(f);
	tells(f, THREE "T2 end exit(0)\n" ENDS);
	fk_free(f);
}

/* Nor where that takes longer than all else. */
static void nor_one_that_speaks_when_all_are_told_of(void **state)
{
	struct fake *f = seizing();
	(void)state;

	fk_clone(f, A, THREAD, STACK(B));
	fk_task(f, B, P, P);
	fk_trap(f, B);
	fk_pause(f, 100000000);
	fk_created(f, A, PTRACE_EVENT_CLONE, B, P);
	fk_pause(f, 1);
	fk_exits(f, A, 7);
	until_all_are_told_of(f);
	tells(f, THREE "T1 end exit(7)\nT2 end exit(0)\nT0 end exit(0)\n");
	fk_free(f);
}

/* It comes after all were seized: its first stop is as good as one that it was asked for. */
static void a_child_that_is_late_is_told_of_once(void **state)
{
	struct fake *f = seizing();
	(void)state;

	makes(f, A, B);
	fk_pause(f, 1000000000);
	fk_trap(f, B);
	until_all_are_told_of(f);
	tells(f, THREE "T2 end exit(0)\n" ENDS);
	fk_free(f);
}

/* Nobody has been told of it, and nobody will be: it was not there any more when all were. */
static void one_that_exits_meanwhile_is_let_go(void **state)
{
	struct fake *f = seizing();
	(void)state;

	fk_exits(f, A, 0);
	until_all_are_told_of(f);
	tells(f, "start\nT0 birth attached process\nT0 end exit(0)\n");
	assert_string_equal(fk_resumes(f, A), "detach");
	fk_free(f);
}

static void one_that_is_killed_meanwhile(void **state)
{
	struct fake *f = seizing();
	(void)state;

	fk_dies(f, A);
	fk_killed(f, A, SIGKILL);
	until_all_are_told_of(f);
	tells(f, "start\nT0 birth attached process\nT0 end exit(0)\n");
	fk_free(f);
}

/* The first thread stands for its process. */
static void a_process_that_ends_meanwhile_is_told_of(void **state)
{
	struct fake *f = seizing();
	(void)state;

	fk_exits(f, A, 0);
	fk_exits(f, P, 3);
	fk_exited(f, P, 3);
	until_all_are_told_of(f);
	tells(f, "start\nT0 birth attached process\nT0 end exit(3)\n");
	fk_free(f);
}

/* A process is no thread to be taken in: it is told of when its time has come. */
static void a_process_that_is_born_meanwhile_is_told_of_as_born(void **state)
{
	struct fake *f = seizing();
	(void)state;

	fk_clone(f, A, SIGCHLD, 0);
	fk_created(f, A, PTRACE_EVENT_FORK, B, B);
	fk_trap(f, B);
	until_all_are_told_of(f);
	tells(f, "start\nT1 birth attached thread\nT2 birth process by T1, left\nT0 birth attached process\n" ENDS);
	assert_string_equal(fk_resumes(f, B), "detach");
	fk_free(f);
}

static void a_signal_meanwhile_is_delivered(void **state)
{
	struct fake *f = seizing();
	(void)state;

	fk_signal(f, A, SIGUSR1);
	until_all_are_told_of(f);
	tells(f, "start\nT1 birth attached thread\nT1 signal 10 fatal\nT0 birth attached process\n" ENDS);
	fk_free(f);
}

/* It is not lost on who waits for reports and does not ask for it: all are let go at once. */
static void a_signal_to_thrtrace_meanwhile_lets_go(void **state)
{
	struct fake *f = seizing();
	(void)state;

	fk_asks(f, SIGTERM);
	fk_pause(f, 1000000000);
	fk_signal(f, A, SIGUSR1);
	tells(f,
		"start\nT0 birth attached process\nT0 end detached, no exit stop\nT1 birth attached thread\n"
		"T1 end detached, no exit stop\n");
	fk_free(f);
}

/* ---- while they are told of ---- */

#define CROWD     40
#define CROWD_TID (P + 20)

/* So many that not all of them are asked to stop at once. */
static void crowd(struct fake *f)
{
	fk_attach(f);
	fk_there(f, P);
	for (pid_t i = 0; i < CROWD; i++)
		fk_there(f, CROWD_TID + i);
	fk_there(f, A);
}

static unsigned count(const char *text, const char *word)
{
	unsigned n = 0;

	for (; (text = strstr(text, word)); text += strlen(word))
		n++;
	return n;
}

static void told(struct fake *f, unsigned there, unsigned by_call)
{
	seized(f);
	until_all_are_told_of(f);
	assert_int_equal(fk_run(f), 0);
	assert_int_equal(count(fk_story(f), "birth attached"), there);
	assert_int_equal(count(fk_story(f), "birth thread by"), by_call);
	assert_int_equal(count(fk_story(f), " end "), there + by_call);
	fk_free(f);
}

static void whoever_is_not_told_of_yet_goes_on(void **state)
{
	struct fake *f = fk_new(MODE_LIGHT);
	(void)state;

	crowd(f);
	makes(f, A, B);
	fk_trap(f, B);
	told(f, CROWD + 3, 0);
}

static void an_early_child_is_let_go_on_by_its_creators_event(void **state)
{
	struct fake *f = fk_new(MODE_LIGHT);
	(void)state;

	crowd(f);
	fk_clone(f, A, THREAD, STACK(B));
	fk_task(f, B, P, P);
	fk_trap(f, B);
	fk_created(f, A, PTRACE_EVENT_CLONE, B, P);
	told(f, CROWD + 3, 0);
}

/* Its end is known by its exit stop: it is told of. */
static void one_that_exits_before_it_is_told_of_is_told_of(void **state)
{
	struct fake *f = fk_new(MODE_LIGHT);
	(void)state;

	crowd(f);
	makes(f, A, B);
	fk_trap(f, B);
	fk_exits(f, B, 0);
	told(f, CROWD + 3, 0);
}

/* The births of one that was told of are told. */
static void who_has_been_told_of_makes_births(void **state)
{
	struct fake *f = fk_new(MODE_LIGHT);
	(void)state;

	crowd(f);
	fk_pause(f, 1);
	makes(f, A, B);
	fk_trap(f, B);
	told(f, CROWD + 2, 1);
}

/* ---- a child whose creator's turn comes late ---- */

/* B is there and its creator, P, has not spoken; A keeps reporting meanwhile, once each 60 ms. */
static void busy(struct fake *f, unsigned reports)
{
	fk_start(f);
	makes_thread(f, P, A);
	fk_clone(f, P, THREAD, STACK(B));
	fk_task(f, B, P, 1);
	fk_trap(f, B);
	fk_slow(f, 60000000);
	for (unsigned i = 0; i < reports; i++)
		fk_signal(f, A, SIGCHLD);
	fk_created(f, P, PTRACE_EVENT_CLONE, B, P);
	fk_slow(f, 1000);
	fk_pause(f, 1);
	thread_ends(f, B, 0);
	thread_ends(f, A, 0);
}

static void it_is_not_given_up_while_reports_keep_coming(void **state)
{
	struct fake *f = fk_new(MODE_LIGHT);
	(void)state;

	busy(f, 40); /* 2.4 s */
	tells(f,
		BEGINS "T1 birth thread by T0\nT2 birth thread by T0\nT2 end exit(0)\nT1 end exit(0)\n"
		       "T0 end exit(0)\n");
	fk_free(f);
}

static void but_at_last_it_is(void **state)
{
	struct fake *f = fk_new(MODE_LIGHT);
	(void)state;

	busy(f, 200); /* 12 s */
	tells(f,
		BEGINS "T1 birth thread by T0\nT2 birth adopted thread by T0?\nT2 end exit(0)\nT1 end exit(0)\n"
		       "T0 end exit(0)\n");
	fk_free(f);
}

/* ---- SIGKILL, anywhere ---- */

static void crowded_story(struct fake *f)
{
	fk_attach(f);
	fk_many(f, 1);
	fk_there(f, P);
	fk_there(f, A);
	makes(f, A, B);
	fk_trap(f, B);
	fk_clone(f, A, THREAD, STACK(C));
	fk_task(f, C, P, P);
	fk_trap(f, C);
	fk_created(f, A, PTRACE_EVENT_CLONE, C, P);
	fk_exits(f, B, 0);
	until_all_are_told_of(f);
}

static void crowded_later(struct fake *f)
{
	crowd(f);
	makes(f, A, B);
	fk_trap(f, B);
	fk_exits(f, B, 0);
	seized(f);
}

static void sigkill_breaks_no_promise(void **state)
{
	(void)state;
	fk_kill_everywhere(MODE_LIGHT, crowded_story);
	fk_kill_everywhere(MODE_LIGHT, crowded_later);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thread_that_is_born_meanwhile_is_taken_in),
		cmocka_unit_test(so_it_is_where_it_stops_before_its_creators_event),
		cmocka_unit_test(a_creator_goes_on_though_its_child_has_not_come),
		cmocka_unit_test(a_creator_that_speaks_late_is_not_held),
		cmocka_unit_test(nor_one_that_speaks_when_all_are_told_of),
		cmocka_unit_test(a_child_that_is_late_is_told_of_once),
		cmocka_unit_test(one_that_exits_meanwhile_is_let_go),
		cmocka_unit_test(one_that_is_killed_meanwhile),
		cmocka_unit_test(a_process_that_ends_meanwhile_is_told_of),
		cmocka_unit_test(a_process_that_is_born_meanwhile_is_told_of_as_born),
		cmocka_unit_test(a_signal_meanwhile_is_delivered),
		cmocka_unit_test(a_signal_to_thrtrace_meanwhile_lets_go),
		cmocka_unit_test(whoever_is_not_told_of_yet_goes_on),
		cmocka_unit_test(an_early_child_is_let_go_on_by_its_creators_event),
		cmocka_unit_test(one_that_exits_before_it_is_told_of_is_told_of),
		cmocka_unit_test(who_has_been_told_of_makes_births),
		cmocka_unit_test(it_is_not_given_up_while_reports_keep_coming),
		cmocka_unit_test(but_at_last_it_is),
		cmocka_unit_test(sigkill_breaks_no_promise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * The whole tracer over a scripted kernel, in every order that a kernel may choose. What ptrace really does is written
 * down in ptrace(2) and, for the orders, measured by live tests; here each order comes for certain.
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
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>

#include "creators/creators.h"
#include "no_code.h"
#include "races.h"

/* ---- births ---- */

static void event_then_first_stop(struct fake *f)
{
	fk_start(f);
	makes_thread(f, P, A);
	thread_ends(f, A, 0);
}

static void event_then_first_stop_is_a_birth(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	event_then_first_stop(f);
	tells(f, BEGINS MADE_A "T1 end exit(0)\nT0 end exit(0)\n");
	/* The exec, the clone's entry, its event once the child was there, and the exit stop. */
	assert_string_equal(fk_resumes(f, P), "cont syscall cont cont");
	assert_string_equal(fk_resumes(f, A), "cont cont detach");
	fk_free(f);
}

static void first_stop_then_event(struct fake *f)
{
	fk_start(f);
	fk_clone(f, P, THREAD, STACK(A));
	fk_task(f, A, P, P);
	fk_trap(f, A);
	fk_pause(f, 1);
	fk_created(f, P, PTRACE_EVENT_CLONE, A, P);
	thread_ends(f, A, 0);
}

static void first_stop_then_event_is_a_birth(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	first_stop_then_event(f);
	tells(f, BEGINS MADE_A "T1 end exit(0)\nT0 end exit(0)\n");
	assert_string_equal(fk_resumes(f, A), "cont cont detach");
	fk_free(f);
}

static void dead_before_event(struct fake *f)
{
	fk_start(f);
	fk_clone(f, P, SIGCHLD, 0);
	fk_task(f, A, A, P);
	fk_trap(f, A);
	fk_pause(f, 1);
	fk_dies(f, A);
	fk_exit_stop(f, A, SIGKILL);
	fk_killed(f, A, SIGKILL);
	fk_pause(f, 1);
	fk_created(f, P, PTRACE_EVENT_FORK, A, A);
}

static void dead_before_event_is_born_and_ends(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_run_of(f)->asked.follow_forks = true;
	dead_before_event(f);
	tells(f, BEGINS "T0 call clone = +1\nT1 birth process by T0\nT1 end signal 9\nT0 end exit(0)\n");
	fk_free(f);
}

/* clone3's arguments can't be read any more: the kernel has read them, and the thread group tells what it made. */
static void child_of_unread_arguments_is_what_the_kernel_made_it(void **state)
{
	static const enum trace_mode modes[] = { MODE_FILTER, MODE_ALL, MODE_LIGHT };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		struct fake *f = fk_new(modes[i]);
		fk_run_of(f)->asked.prove = i == 0;
		fk_start(f);
		fk_call(f, P, CALL_clone3, 0x123000, 88);
		fk_created(f, P, PTRACE_EVENT_CLONE, A, P);
		fk_trap(f, A);
		fk_pause(f, 1);
		thread_ends(f, A, 0);
		assert_int_equal(fk_run(f), 0);
		assert_non_null(strstr(fk_story(f), "T1 birth thread by T0\nT1 end exit(0)\nT0 end exit(0)\n"));
		fk_free(f);
	}
}

/* A child killed before its first stop was reported shows up at its exit stop. */
static void killed_before_its_first_stop_ends(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_run_of(f)->asked.follow_forks = true;
	fk_start(f);
	fk_clone(f, P, SIGCHLD, 0);
	fk_created(f, P, PTRACE_EVENT_FORK, A, A);
	fk_pause(f, 1);
	fk_dies(f, A);
	fk_exit_stop(f, A, SIGKILL);
	fk_killed(f, A, SIGKILL);
	fk_pause(f, 1);
	fk_exits(f, P, 0);
	fk_exited(f, P, 0);
	tells(f, BEGINS "T0 call clone = +1\nT1 birth process by T0\nT1 end signal 9\nT0 end exit(0)\n");
	fk_free(f);
}

static void at_its_exit_stop_before_the_event_ends(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_run_of(f)->asked.follow_forks = true;
	fk_start(f);
	fk_clone(f, P, SIGCHLD, 0);
	fk_task(f, A, A, P);
	fk_exit_stop(f, A, SIGKILL);
	fk_pause(f, 1);
	fk_created(f, P, PTRACE_EVENT_FORK, A, A);
	fk_pause(f, 1);
	fk_killed(f, A, SIGKILL);
	tells(f, BEGINS "T0 call clone = +1\nT1 birth process by T0\nT1 end signal 9\nT0 end exit(0)\n");
	fk_free(f);
}

static void orphan(struct fake *f)
{
	fk_start(f);
	forks(f, P, A);
	fk_clone(f, A, SIGCHLD, 0);
	fk_task(f, B, B, 1);
	fk_trap(f, B);
	fk_pause(f, 1);
	fk_dies(f, A);
	fk_exit_stop(f, A, SIGKILL);
	fk_killed(f, A, SIGKILL);
	fk_pause(f, LATE);
	fk_exits(f, B, 3);
	fk_exited(f, B, 3);
}

static void an_early_child_of_a_dead_creator_is_adopted(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_run_of(f)->asked.follow_forks = true;
	orphan(f);
	tells(f,
		BEGINS "T0 call clone = +1\nT1 birth process by T0\n"
		       "T1 call clone = never\nT1 end signal 9\n"
		       "T2 birth adopted process\nT2 end exit(3)\nT0 end exit(0)\n");
	fk_free(f);
}

/* P makes A, whose first stop comes at once; P's event comes this much later, as on a loaded machine. */
static void late_event(struct fake *f, uint64_t ns)
{
	fk_start(f);
	fk_clone(f, P, THREAD, STACK(A));
	fk_task(f, A, P, 1);
	fk_trap(f, A);
	fk_pause(f, ns);
	fk_created(f, P, PTRACE_EVENT_CLONE, A, P);
	fk_pause(f, 1);
	thread_ends(f, A, 0);
}

/* It was adopted, and runs: its creator must not be held until a first stop that has been. */
static void an_event_may_come_after_the_adoption(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	late_event(f, 30 * (uint64_t)LATE);
	tells(f, BEGINS "T1 birth adopted thread by T0?\nT0 call clone = +1\nT1 end exit(0)\nT0 end exit(0)\n");
	fk_free(f);
	f = fk_new(MODE_LIGHT); /* nobody is known to be in a call */
	late_event(f, LATE);
	tells(f, BEGINS "T1 birth adopted thread by T0?\nT1 end exit(0)\nT0 end exit(0)\n");
	fk_free(f);
}

/* Nothing is ever quiet, and still it does not rest for long. */
static void an_early_child_is_adopted_while_others_are_busy(void **state)
{
	struct fake *f = fk_new(MODE_ALL);
	(void)state;

	fk_run_of(f)->asked.follow_forks = true;
	fk_start(f);
	fk_task(f, B, B, 1);
	fk_trap(f, B);
	fk_slow(f, 1000000);
	for (int i = 0; i < 60; i++)
		fk_signal(f, P, SIGWINCH);
	fk_exits(f, B, 0);
	fk_exited(f, B, 0);
	tells(f, BEGINS "T1 birth adopted process\nT1 end exit(0)\nT0 end exit(0)\n");
	fk_free(f);
}

/* A machine so busy that the creator does not get to its event: it finds its child born, and is not held. */
static void event_after_adoption(struct fake *f, bool dead)
{
	fk_start(f);
	fk_clone(f, P, THREAD, STACK(A));
	fk_task(f, A, P, P);
	fk_trap(f, A);
	fk_pause(f, LATE);
	if (dead)
		thread_ends(f, A, 0);
	fk_created(f, P, PTRACE_EVENT_CLONE, A, P);
	fk_pause(f, LATE);
	fk_call(f, P, CALL_sched_setaffinity, 0);
	fk_return(f, P, 0);
	if (!dead)
		thread_ends(f, A, 0);
}

static void an_event_after_the_adoption_holds_nobody(void **state)
{
	(void)state;
	for (int dead = 0; dead < 2; dead++) {
		struct fake *f = fk_new(MODE_FILTER);
		event_after_adoption(f, dead);
		tells(f,
			dead ? BEGINS "T1 birth adopted thread by T0?\nT1 end exit(0)\nT0 call clone = +1\nT0 call "
				      "sched_setaffinity = 0\nT0 end exit(0)\n" :
			       BEGINS "T1 birth adopted thread by T0?\nT0 call clone = +1\nT0 call sched_setaffinity = "
				      "0\nT1 end exit(0)\nT0 end exit(0)\n");
		assert_string_equal(fk_resumes(f, P), "cont syscall cont syscall cont cont");
		fk_free(f);
	}
}

/* An early child waits for a creator that is in its call, however quiet it is. */
static void a_slow_creator_is_waited_for(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_start(f);
	fk_clone(f, P, THREAD, STACK(A));
	fk_task(f, A, P, P);
	fk_trap(f, A);
	fk_pause(f, 500000000);
	fk_created(f, P, PTRACE_EVENT_CLONE, A, P);
	thread_ends(f, A, 0);
	tells(f, BEGINS MADE_A "T1 end exit(0)\nT0 end exit(0)\n");
	fk_free(f);
}

static void eight_creators(struct fake *f)
{
	fk_start(f);
	for (int i = 1; i <= 8; i++)
		makes_thread(f, P, P + i);
	for (int i = 1; i <= 8; i++)
		fk_clone(f, P + i, THREAD, STACK(P + 10 + i));
	fk_pause(f, 1);
	for (int i = 8; i >= 1; i--) { /* waitpid lists the newest first */
		fk_task(f, P + 10 + i, P, P);
		if (i % 3)
			fk_trap(f, P + 10 + i);
	}
	for (int i = 1; i <= 8; i++)
		fk_created(f, P + i, PTRACE_EVENT_CLONE, P + 10 + i, P);
	for (int i = 1; i <= 8; i++)
		if (i % 3 == 0)
			fk_trap(f, P + 10 + i);
	fk_pause(f, 1);
	for (int i = 1; i <= 8; i++)
		thread_ends(f, P + 10 + i, i);
}

static void eight_creators_interleave(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	eight_creators(f);
	assert_int_equal(fk_run(f), 0);
	for (int i = 1; i <= 8; i++) {
		char line[64];
		snprintf(line, sizeof(line), "birth thread by T%d\n", i);
		assert_non_null(strstr(fk_story(f), line));
		assert_string_equal(fk_resumes(f, P + i), "cont syscall cont detach");
	}
	fk_free(f);
}

/* Its creator is not asked for anything once SIGKILL has hit it out of its hold. */
static void a_held_creator_may_die(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_run_of(f)->asked.follow_forks = true;
	fk_start(f);
	forks(f, P, A);
	fk_clone(f, A, SIGCHLD, 0);
	fk_created(f, A, PTRACE_EVENT_FORK, B, B);
	fk_pause(f, 1);
	fk_dies(f, A);
	fk_exit_stop(f, A, SIGKILL);
	fk_pause(f, 1);
	fk_trap(f, B);
	fk_pause(f, 1);
	fk_killed(f, A, SIGKILL);
	tells(f,
		BEGINS "T0 call clone = +1\nT1 birth process by T0\nT1 call clone = +2\nT2 birth process by T1\n"
		       "T1 end signal 9\nT2 end exit(0)\nT0 end exit(0)\n");
	assert_string_equal(fk_resumes(f, A), "cont syscall cont");
	fk_free(f);
}

/* A thread made while the process is being stopped: its first stop is a group-stop. */
static void a_first_stop_may_be_a_group_stop(void **state)
{
	(void)state;
	for (int early = 0; early < 2; early++) {
		struct fake *f = fk_new(MODE_FILTER);
		fk_start(f);
		fk_clone(f, P, THREAD, STACK(A));
		fk_task(f, A, P, P);
		if (early) {
			fk_group_stop(f, A, SIGSTOP);
			fk_pause(f, 1);
		}
		fk_created(f, P, PTRACE_EVENT_CLONE, A, P);
		if (!early)
			fk_group_stop(f, A, SIGSTOP);
		fk_pause(f, 1);
		fk_group_stop(f, P, SIGSTOP);
		fk_pause(f, 1);
		fk_trap(f, A);
		fk_trap(f, P);
		fk_pause(f, 1);
		thread_ends(f, A, 0);
		tells(f, BEGINS MADE_A "T1 stopped 19\nT1 continued\nT1 end exit(0)\nT0 end exit(0)\n");
		assert_string_equal(fk_resumes(f, A), "listen cont cont detach");
		fk_free(f);
	}
}

/* -o's command ends early, and its number comes round to a thread of the program, whose first stop comes first. */
static void a_thread_gets_the_number_of_the_command(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_run_of(f)->command = A;
	fk_start(f);
	fk_exited(f, A, 0);
	fk_pause(f, 1);
	fk_clone(f, P, THREAD, STACK(A));
	fk_task(f, A, P, P);
	fk_trap(f, A);
	fk_pause(f, 1);
	fk_created(f, P, PTRACE_EVENT_CLONE, A, P);
	fk_pause(f, 1);
	thread_ends(f, A, 0);
	tells(f, BEGINS MADE_A "T1 end exit(0)\nT0 end exit(0)\n");
	assert_string_equal(fk_resumes(f, A), "cont cont detach");
	fk_free(f);
}

/* ---- kinds of creation ---- */

static void vfork_is_over_before_the_exec(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_run_of(f)->asked.follow_forks = true;
	fk_start(f);
	fk_clone(f, P, CLONE_VM | CLONE_VFORK | SIGCHLD, 0);
	fk_created(f, P, PTRACE_EVENT_VFORK, A, A);
	fk_trap(f, A);
	fk_pause(f, 1);
	fk_call(f, A, CALL_execve, 0);
	fk_pause(f, 1);
	fk_event(f, P, PTRACE_EVENT_VFORK_DONE, A);
	fk_exec(f, A, A);
	fk_pause(f, 1);
	fk_exits(f, A, 0);
	fk_exited(f, A, 0);
	tells(f, BEGINS "T0 call clone = +1\nT1 birth process by T0\nT1 exec\nT1 end exit(0)\nT0 end exit(0)\n");
	fk_free(f);
}

static void clone_parent_names_the_caller_as_creator(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_run_of(f)->asked.follow_forks = true;
	fk_start(f);
	fk_clone(f, P, CLONE_PARENT | SIGCHLD, 0);
	fk_created(f, P, PTRACE_EVENT_FORK, A, A);
	fk_task(f, A, A, 1);
	fk_trap(f, A);
	tells(f, BEGINS "T0 call clone = +1\nT1 birth process by T0\nT1 end exit(0)\nT0 end exit(0)\n");
	fk_free(f);
}

static void an_untraced_child_is_told_from_the_result(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_start(f);
	fk_clone(f, P, THREAD | CLONE_UNTRACED, STACK(A));
	fk_task(f, A, P, P);
	fk_outside(f, A);
	fk_return(f, P, A);
	tells(f, BEGINS "T0 call clone = +1\nT1 birth untraced thread by T0, left\nT0 end exit(0)\n");
	fk_free(f);
}

/* CLONE_PTRACE attaches the child whatever CLONE_UNTRACED says, and no event comes. */
static void a_child_by_clone_ptrace_is_one_task(void **state)
{
	(void)state;
	for (int early = 0; early < 2; early++) {
		struct fake *f = fk_new(MODE_FILTER);
		fk_start(f);
		fk_clone(f, P, THREAD | CLONE_UNTRACED | CLONE_PTRACE, STACK(A));
		fk_task(f, A, P, P);
		if (early) {
			fk_trap(f, A);
			fk_pause(f, 1);
		}
		fk_outside(f, A);
		fk_return(f, P, A);
		fk_pause(f, LATE);
		if (!early)
			fk_trap(f, A);
		fk_pause(f, 1);
		thread_ends(f, A, 0);
		tells(f, BEGINS MADE_A "T1 end exit(0)\nT0 end exit(0)\n");
		fk_free(f);
	}
}

static void a_child_without_event_in_light_mode_is_adopted(void **state)
{
	struct fake *f = fk_new(MODE_LIGHT);
	(void)state;

	fk_start(f);
	fk_task(f, A, P, 1);
	fk_trap(f, A);
	fk_pause(f, LATE);
	tells(f, BEGINS "T1 birth adopted thread by T0?\nT1 end exit(0)\nT0 end exit(0)\n");
	fk_free(f);
}

static void light_mode_reads_the_call_at_the_event(void **state)
{
	struct fake *f = fk_new(MODE_LIGHT);
	(void)state;

	fk_start(f);
	makes_thread(f, P, A);
	thread_ends(f, A, 0);
	tells(f, BEGINS "T1 birth thread by T0\nT1 end exit(0)\nT0 end exit(0)\n");
	fk_free(f);
}

/* ---- not followed ---- */

static void without_f_a_process_is_let_go(void **state)
{
	(void)state;
	for (int early = 0; early < 2; early++) {
		struct fake *f = fk_new(MODE_ALL);
		fk_start(f);
		fk_clone(f, P, SIGCHLD, 0);
		fk_task(f, A, A, P);
		if (early) {
			fk_trap(f, A);
			fk_pause(f, 1);
		}
		fk_created(f, P, PTRACE_EVENT_FORK, A, A);
		if (!early)
			fk_trap(f, A);
		fk_pause(f, 1);
		tells(f, BEGINS "T0 call clone = +1\nT1 birth process by T0, left\nT0 end exit(0)\n");
		assert_string_equal(fk_resumes(f, A), "detach");
		fk_free(f);
	}
}

static void silent_process(struct fake *f)
{
	fk_start(f);
	forks(f, P, A);
	fk_signal(f, A, SIGUSR1);
	fk_clone(f, A, THREAD, STACK(B));
	fk_created(f, A, PTRACE_EVENT_CLONE, B, A);
	fk_trap(f, B);
	fk_pause(f, 1);
	fk_call(f, B, CALL_execve, 0);
	fk_pause(f, 1);
	fk_exit_stop(f, A, 0);
	fk_pause(f, 1);
	fk_exec(f, A, B);
	fk_pause(f, 1);
	fk_exits(f, A, 0);
	fk_exited(f, A, 0);
}

static void without_f_a_process_with_our_filter_is_silent(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	silent_process(f);
	tells(f, BEGINS "T0 call clone = +1\nT1 birth process by T0, left\nT0 end exit(0)\n");
	assert_string_equal(fk_resumes(f, B), "cont cont");
	fk_free(f);
}

/*
 * Who wants to trace a task of ours is told of, also where it is silent, when the kernel has said no; who wants
 * another's is not, nor who is refused without us: nobody can trace his own process.
 */
static void asks_for_a_task_of_ours(struct fake *f)
{
	fk_start(f);
	forks(f, P, A);
	fk_call(f, A, CALL_ptrace, PTRACE_TRACEME);
	fk_return(f, A, -EPERM);
	fk_call(f, A, CALL_ptrace, PTRACE_ATTACH, P);
	fk_return(f, A, -EPERM);
	fk_call(f, A, CALL_ptrace, PTRACE_ATTACH, 1);
	fk_call(f, P, CALL_ptrace, PTRACE_SEIZE, 1);
	fk_return(f, P, 0);
	fk_call(f, P, CALL_ptrace, PTRACE_SEIZE, A);
	fk_return(f, P, -ESRCH);
	fk_call(f, P, CALL_ptrace, PTRACE_SEIZE, A);
	fk_return(f, P, -EPERM);
	fk_call(f, P, CALL_ptrace, PTRACE_ATTACH, P);
	fk_return(f, P, -EPERM);
}

static void a_second_tracer_is_told_of(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	asks_for_a_task_of_ours(f);
	tells(f,
		BEGINS "T0 call clone = +1\nT1 birth process by T0, left\n"
		       "T0 finding traced-already\nT0 finding traced-already\nT0 call ptrace = 0\nT0 call ptrace = -3\n"
		       "T0 call ptrace = -1\nT0 finding traced-already\nT0 call ptrace = -1\nT0 end exit(0)\n");
	fk_free(f);
}

/* ---- execve ---- */

static void exec_by_thread(struct fake *f, bool leader_exit_stop)
{
	fk_start(f);
	makes_thread(f, P, A);
	makes_thread(f, P, B);
	fk_call(f, A, CALL_execve, 0);
	fk_pause(f, 1);
	fk_exit_stop(f, B, 0);
	if (leader_exit_stop)
		fk_exit_stop(f, P, 0);
	fk_pause(f, 1);
	fk_exited(f, B, 0);
	fk_pause(f, 1);
	fk_exec(f, P, A);
	fk_pause(f, 1);
	fk_exits(f, P, 5);
	fk_exited(f, P, 5);
}

static void exec_by_thread_with_exit_stop(struct fake *f)
{
	exec_by_thread(f, true);
}

static void exec_by_a_thread_keeps_its_identity(void **state)
{
	(void)state;
	for (int exit_stop = 0; exit_stop < 2; exit_stop++) {
		struct fake *f = fk_new(MODE_FILTER);
		exec_by_thread(f, exit_stop);
		assert_int_equal(fk_run(f), 0);
		assert_string_equal(fk_story(f),
			exit_stop ? BEGINS MADE_A
				"T0 call clone = +2\nT2 birth thread by T0\nT2 end execve by T1\nT0 end execve by T1\n"
				"T1 exec, had another tid\nT1 end exit(5)\n" :
				    BEGINS MADE_A "T0 call clone = +2\nT2 birth thread by T0\nT2 end execve by T1\nT0 "
						  "end execve by T1, no exit stop\n"
						  "T1 exec, had another tid\nT1 end exit(5)\n");
		assert_int_equal(fk_run_of(f)->main.wstatus, 5 << 8);
		fk_free(f);
	}
}

/* No call stops in this mode: who is in execve is read from /proc/TID/syscall. */
static void exec_in_light_mode_is_no_exit_group(void **state)
{
	struct fake *f = fk_new(MODE_LIGHT);
	(void)state;

	exec_by_thread(f, true);
	tells(f,
		BEGINS "T1 birth thread by T0\nT2 birth thread by T0\nT2 end execve by T1\nT0 end execve by T1\n"
		       "T1 exec, had another tid\nT1 end exit(5)\n");
	fk_free(f);
}

/* The tid of the thread that execs is free before its exec event is reported: another process may get it. */
static void the_tid_of_an_execing_thread_is_reused(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_run_of(f)->asked.follow_forks = true;
	fk_start(f);
	forks(f, P, D);
	makes_thread(f, P, A);
	fk_call(f, A, CALL_execve, 0);
	fk_clone(f, D, SIGCHLD, 0);
	fk_pause(f, 1);
	fk_exit_stop(f, P, 0);
	fk_pause(f, 1);
	fk_gone(f, A);
	fk_created(f, D, PTRACE_EVENT_FORK, A, A);
	fk_trap(f, A);
	fk_exec(f, P, A);
	fk_pause(f, 1);
	fk_exits(f, A, 1);
	fk_exited(f, A, 1);
	tells(f,
		BEGINS "T0 call clone = +4\nT1 birth process by T0\nT0 call clone = +1\nT2 birth thread by T0\n"
		       "T1 call clone = +1\nT3 birth process by T1\nT0 end execve by T2\nT2 exec, had another tid\n"
		       "T3 end exit(1)\nT1 end exit(0)\nT2 end exit(0)\n");
	fk_free(f);
}

static void launch_fails_before_execve(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_call(f, P, CALL_execve, 0);
	fk_call(f, P, CALL_exit_group, 127);
	fk_exit_stop(f, P, 127 << 8);
	fk_exited(f, P, 127);
	tells(f, "");
	assert_true(fk_run_of(f)->main.ended);
	assert_int_equal(fk_run_of(f)->main.wstatus, 127 << 8);
	fk_free(f);
}

static void a_stop_before_execve_does_not_hide_the_program(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_signal(f, P, SIGTSTP);
	fk_group_stop(f, P, SIGTSTP);
	fk_pause(f, LATE);
	fk_trap(f, P);
	fk_start(f);
	tells(f, BEGINS "T0 end exit(0)\n");
	fk_free(f);
}

/* ---- ends ---- */

static void leader_leaves(struct fake *f)
{
	fk_start(f);
	makes_thread(f, P, A);
	fk_exits(f, P, 3);
	fk_pause(f, LATE);
	fk_call(f, A, CALL_exit_group, 7);
	fk_exit_stop(f, A, 7 << 8);
	fk_exited(f, A, 7);
	fk_pause(f, 1);
	fk_exited(f, P, 7);
}

static void a_leader_may_leave_first(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	leader_leaves(f);
	tells(f, BEGINS MADE_A "T0 leader exit(3)\nT1 end exit_group(7)\nT0 end exit(3)\n");
	assert_int_equal(fk_run_of(f)->main.wstatus, 7 << 8);
	fk_free(f);
}

static void worker_ends_all(struct fake *f)
{
	fk_start(f);
	makes_thread(f, P, A);
	makes_thread(f, P, B);
	fk_call(f, A, CALL_exit_group, 4);
	fk_pause(f, 1);
	fk_exit_stop(f, B, 4 << 8); /* the others may be reported before the caller */
	fk_exit_stop(f, P, 4 << 8);
	fk_exited(f, B, 4);
	fk_exit_stop(f, A, 4 << 8);
	fk_exited(f, A, 4);
	fk_pause(f, 1);
	fk_exited(f, P, 4);
}

static void exit_group_by_a_worker_names_it(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	worker_ends_all(f);
	tells(f,
		BEGINS MADE_A "T0 call clone = +2\nT2 birth thread by T0\n"
			      "T2 end exit_group(4) by T1\nT1 end exit_group(4)\nT0 end exit_group(4) by T1\n");
	fk_free(f);
}

static void a_death_without_exit_stop_is_an_end(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_start(f);
	makes_thread(f, P, A);
	fk_dies(f, A);
	fk_killed(f, A, SIGKILL);
	fk_killed(f, P, SIGKILL);
	tells(f, BEGINS MADE_A "T1 end signal 9, no exit stop\nT0 end signal 9, no exit stop\n");
	fk_free(f);
}

static void a_call_that_its_task_dies_in_is_told(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_start(f);
	makes_thread(f, P, A);
	fk_call(f, P, CALL_futex, FK_WORD(STACK(A)), FUTEX_WAIT, A);
	fk_pause(f, LATE);
	fk_dies(f, A);
	fk_dies(f, P);
	fk_exit_stop(f, P, SIGKILL);
	fk_exit_stop(f, A, SIGKILL);
	fk_pause(f, 1);
	fk_killed(f, A, SIGKILL);
	fk_killed(f, P, SIGKILL);
	tells(f,
		BEGINS MADE_A
		"T0 begin futex joins T1\nT0 call futex joins T1 = never\nT1 end signal 9\nT0 end signal 9\n");
	fk_free(f);
}

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

/* Others keep thrtrace busy, in a trace that is younger than the time for which an end is kept for its joiner. */
static void a_young_trace_keeps_an_end_for_its_joiner(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_start(f);
	makes_thread(f, P, A);
	makes_thread(f, P, B);
	fk_call(f, P, CALL_futex, FK_WORD(STACK(A)), FUTEX_WAIT, A);
	fk_slow(f, 1000000);
	fk_exits(f, A, 0);
	for (int i = 0; i < 50; i++)
		fk_signal(f, B, SIGWINCH);
	fk_return(f, P, 0);
	fk_run(f);
	const char *joined = strstr(fk_story(f), "T0 joined T1"), *ended = strstr(fk_story(f), "T1 end exit(0)");
	assert_true(joined && ended && joined < ended);
	fk_free(f);
}

static void a_join_is_told_whichever_comes_first(void **state)
{
	(void)state;
	for (int first = 0; first < 2; first++) {
		struct fake *f = fk_new(MODE_FILTER);
		joins(f, first);
		tells(f,
			BEGINS MADE_A "T0 begin futex joins T1\nT0 call futex joins T1 = 0\nT0 joined T1\n"
				      "T1 end exit(0)\nT0 end exit(0)\n");
		fk_free(f);
	}
}

/* musl's way: nothing says that the mapping is for a stack, and no clone follows when it can't be opened. */
static void a_stack_that_cannot_be_opened_is_told(void **state)
{
	enum { SIZE = 0x10000, AT = 0x30000000 };
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_start(f);
	for (unsigned i = 0; i < 2; i++) {
		taddr at = AT + i * 2 * SIZE;
		fk_call(f, P, CALL_mmap, 0, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS);
		fk_return(f, P, (int64_t)at);
		fk_call(f, P, CALL_mprotect, at + 0x1000, SIZE - 0x1000, PROT_READ | PROT_WRITE);
		fk_return(f, P, i ? -ENOMEM : 0);
	}
	char story[256];
	snprintf(story, sizeof(story), BEGINS "T0 call mmap = +%d\nT0 call mprotect = -12\nT0 end exit(0)\n",
		AT + 2 * SIZE - P);
	tells(f, story);
	fk_free(f);
}

/* What is known of a program's code, where a test says all of it. */
struct known_code {
	struct creators base;
	enum end_wait waits;
	unsigned asked; /* what it waits in */
};

static enum end_wait known_wait(struct creators *c, struct task_ids task)
{
	struct known_code *code = (struct known_code *)c;
	(void)task;

	code->asked++;
	return code->waits;
}

static struct creators *know(struct known_code *code, enum end_wait waits)
{
	static const struct creators_ops ops = {
		NO_CODE,
		.waits = known_wait,
	};

	*code = (struct known_code){ .base.ops = &ops, .waits = waits };
	return &code->base;
}

/* The word is glibc 2.43's, of the value 1: the thread is ending, and who waits may be pthread_detach. */
static void waits_at_ending(struct fake *f)
{
	fk_start(f);
	makes_thread(f, P, A);
	fk_call(f, P, CALL_futex, FK_WORD(STACK(A)), FUTEX_WAIT, 1);
	fk_pause(f, LATE);
	fk_exits(f, A, 0);
	fk_exited(f, A, 0);
	fk_return(f, P, 0);
	fk_pause(f, LATE);
}

static void a_detach_that_waits_is_no_join(void **state)
{
	static const struct {
		enum end_wait waits;
		const char *story;
	} cases[] = {
		{ WAITS_TO_DETACH,
			BEGINS MADE_A "T0 begin futex detaches T1\nT1 end exit(0)\n"
				      "T0 call futex detaches T1 = 0\nT0 end exit(0)\n" },
		{ WAITS_EITHER,
			BEGINS MADE_A "T0 begin futex joins or detaches T1\nT1 end exit(0)\n"
				      "T0 call futex joins or detaches T1 = 0\nT0 end exit(0)\n" },
		{ WAITS_TO_JOIN,
			BEGINS MADE_A "T0 begin futex joins T1\nT0 call futex joins T1 = 0\nT0 joined T1\n"
				      "T1 end exit(0)\nT0 end exit(0)\n" },
	};
	struct known_code code;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fake *f = fk_new(MODE_FILTER);
		fk_run_of(f)->creators = know(&code, cases[i].waits);
		waits_at_ending(f);
		tells(f, cases[i].story);
		assert_int_equal(code.asked, 1);
		fk_free(f);
	}
}

/* Without frames it is said that it may be either; at the value 2, or the tid, it is a join whoever is asked. */
static void frames_are_asked_in_doubt_only(void **state)
{
	struct known_code code;
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	waits_at_ending(f);
	tells(f,
		BEGINS MADE_A "T0 begin futex joins or detaches T1\nT1 end exit(0)\n"
			      "T0 call futex joins or detaches T1 = 0\nT0 end exit(0)\n");
	fk_free(f);
	f = fk_new(MODE_FILTER);
	fk_run_of(f)->creators = know(&code, WAITS_TO_DETACH);
	joins(f, true);
	tells(f,
		BEGINS MADE_A "T0 begin futex joins T1\nT0 call futex joins T1 = 0\nT0 joined T1\n"
			      "T1 end exit(0)\nT0 end exit(0)\n");
	assert_int_equal(code.asked, 0);
	fk_free(f);
}

/* pthread_create asks for a policy that the new thread may not have, and waits until that is gone again. */
static void a_thread_that_may_not_start_is_not_joined(void **state)
{
	struct known_code code;
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_run_of(f)->creators = know(&code, WAITS_TO_CREATE);
	fk_start(f);
	makes_thread(f, P, A);
	fk_call(f, P, CALL_sched_setscheduler, A, 1, 0);
	fk_return(f, P, -EINVAL);
	fk_call(f, P, CALL_futex, FK_WORD(STACK(A)), FUTEX_WAIT, A);
	fk_exits(f, A, 0);
	fk_exited(f, A, 0);
	fk_return(f, P, 0);
	tells(f,
		BEGINS MADE_A "T0 call sched_setscheduler = -22\nT0 begin futex can't create T1\nT1 end exit(0)\n"
			      "T0 call futex can't create T1 = 0\nT0 end exit(0)\n");
	assert_int_equal(code.asked, 2);
	fk_free(f);
}

/* A thread whose tid the kernel writes, and whose word it will not clear. */
static void waits_in_vain(struct fake *f, const uint32_t *word, bool end_first)
{
	fk_start(f);
	fakemem_add(fk_memory(f), FK_WORD(STACK(A)), word, sizeof(*word));
	fk_clone(f, P, (THREAD & ~CLONE_CHILD_CLEARTID) | CLONE_CHILD_SETTID, STACK(A));
	fk_created(f, P, PTRACE_EVENT_CLONE, A, P);
	fk_trap(f, A);
	fk_pause(f, 1);
	if (end_first)
		thread_ends(f, A, 0);
	fk_call(f, P, CALL_futex, FK_WORD(STACK(A)), FUTEX_WAIT, A);
	fk_pause(f, LATE);
	if (!end_first)
		thread_ends(f, A, 0);
}

static void a_wait_in_vain_is_told_whichever_comes_first(void **state)
{
	static const uint32_t tid = A, other = 0;
	(void)state;

	struct fake *f = fk_new(MODE_FILTER);
	waits_in_vain(f, &tid, false);
	tells(f, BEGINS MADE_A "T0 finding wait-in-vain\nT1 end exit(0)\nT0 end exit(0)\n");
	fk_free(f);
	f = fk_new(MODE_FILTER);
	waits_in_vain(f, &tid, true);
	tells(f, BEGINS MADE_A "T1 end exit(0)\nT0 finding wait-in-vain\nT0 end exit(0)\n");
	fk_free(f);
	/* The word holds another value by now. */
	f = fk_new(MODE_FILTER);
	waits_in_vain(f, &other, true);
	tells(f, BEGINS MADE_A "T1 end exit(0)\nT0 end exit(0)\n");
	fk_free(f);
}

/* The word changes between the joiner's look at it and the kernel's. */
static void a_join_of_one_that_is_over_is_told(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_start(f);
	makes_thread(f, P, A);
	fk_call(f, P, CALL_futex, FK_WORD(STACK(A)), FUTEX_WAIT, A);
	fk_return(f, P, -EAGAIN);
	fk_exits(f, A, 0);
	fk_exited(f, A, 0);
	tells(f,
		BEGINS MADE_A "T0 begin futex joins T1\nT0 call futex joins T1 = -11\nT0 joined T1 without a wait\n"
			      "T1 end exit(0)\nT0 end exit(0)\n");
	fk_free(f);
}

/* Ends that wait for their joiner belong to the old program, whatever comes first. */
static void an_end_kept_for_its_joiner_comes_before_execve(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_start(f);
	makes_thread(f, P, A);
	makes_thread(f, P, B);
	fk_call(f, P, CALL_futex, FK_WORD(STACK(A)), FUTEX_WAIT, A);
	fk_call(f, B, CALL_execve, 0);
	fk_pause(f, 1);
	fk_exits(f, A, 0);
	fk_exited(f, A, 0);
	fk_exit_stop(f, P, 0);
	fk_exec(f, P, B);
	fk_pause(f, LATE);
	tells(f,
		BEGINS MADE_A "T0 call clone = +2\nT2 birth thread by T0\nT0 begin futex joins T1\n"
			      "T0 call futex joins T1 = never\nT1 end exit(0)\nT0 end execve by T2\nT2 exec, had "
			      "another tid\nT2 end exit(0)\n");
	fk_free(f);
}

static void a_thread_whose_end_is_kept_does_not_keep_the_process_alive(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_start(f);
	makes_thread(f, P, A);
	fk_call(f, P, CALL_futex, FK_WORD(STACK(A)), FUTEX_WAIT, A);
	fk_pause(f, 1);
	fk_exits(f, A, 0);
	fk_exited(f, A, 0);
	fk_return(f, P, -EINTR);
	fk_exits(f, P, 2);
	fk_exited(f, P, 2);
	tells(f,
		BEGINS MADE_A "T0 begin futex joins T1\nT0 call futex joins T1 = -4\nT1 end exit(0)\nT0 end exit(2)\n");
	fk_free(f);
}

static void tid_is_reused_in_one_batch(struct fake *f)
{
	fk_start(f);
	forks(f, P, D);
	makes_thread(f, P, A);
	fk_exits(f, A, 0);
	fk_clone(f, D, SIGCHLD, 0);
	fk_pause(f, 1);
	fk_exited(f, A, 0);
	fk_created(f, D, PTRACE_EVENT_FORK, A, A);
	fk_trap(f, A);
	fk_pause(f, 1);
	fk_exits(f, A, 9);
	fk_exited(f, A, 9);
}

static void a_reused_tid_is_another_task(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_run_of(f)->asked.follow_forks = true;
	tid_is_reused_in_one_batch(f);
	tells(f,
		BEGINS "T0 call clone = +4\nT1 birth process by T0\nT0 call clone = +1\nT2 birth thread by T0\n"
		       "T2 end exit(0)\nT1 call clone = +1\nT3 birth process by T1\nT3 end exit(9)\nT1 end exit(0)\nT0 "
		       "end exit(0)\n");
	fk_free(f);
}

/* A child that died before its creator's event, and whose tid then goes to another one. */
static void the_tid_of_an_early_dead_child_is_reused(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_run_of(f)->asked.follow_forks = true;
	fk_start(f);
	forks(f, P, D);
	fk_clone(f, P, SIGCHLD, 0);
	fk_clone(f, D, SIGCHLD, 0);
	fk_task(f, A, A, P);
	fk_trap(f, A);
	fk_pause(f, 1);
	fk_dies(f, A);
	fk_killed(f, A, SIGKILL);
	fk_trap(f, A);
	fk_pause(f, 1);
	fk_created(f, D, PTRACE_EVENT_FORK, A, A);
	fk_pause(f, LATE);
	assert_int_equal(fk_run(f), 0);
	assert_non_null(strstr(fk_story(f), "T2 birth adopted"));
	assert_non_null(strstr(fk_story(f), "T3 birth process by T1"));
	fk_free(f);
}

/* ---- signals and stops ---- */

static void signals_are_passed_on(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_run_of(f)->asked.choice.signals = ALL_SIGNALS;
	fk_start(f);
	makes_thread(f, P, A);
	fk_signal(f, A, SIGUSR1);
	fk_signal(f, P, SIGCHLD);
	fk_call(f, P, CALL_sched_setaffinity, 0);
	fk_return(f, P, 0);
	fk_signal(f, P, SIGTRAP);
	tells(f,
		BEGINS MADE_A "T1 signal 10 fatal\nT0 signal 17\nT0 call sched_setaffinity = 0\nT0 signal 5 fatal\n"
			      "T1 end exit(0)\nT0 end exit(0)\n");
	assert_string_equal(fk_resumes(f, A), "cont cont:10 detach");
	assert_string_equal(fk_resumes(f, P), "cont syscall cont cont:17 syscall cont cont:5 cont");
	fk_free(f);
}

static void group_stop(struct fake *f)
{
	fk_start(f);
	makes_thread(f, P, A);
	fk_signal(f, P, SIGSTOP);
	fk_group_stop(f, P, SIGSTOP);
	fk_group_stop(f, A, SIGSTOP);
	fk_pause(f, LATE);
	fk_trap(f, P);
	fk_trap(f, A);
	fk_signal(f, P, SIGCONT);
	fk_pause(f, 1);
	thread_ends(f, A, 0);
}

static void a_group_stop_is_listened_to(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	group_stop(f);
	tells(f, BEGINS MADE_A "T0 stopped 19\nT0 continued\nT1 end exit(0)\nT0 end exit(0)\n");
	assert_string_equal(fk_resumes(f, A), "cont listen cont cont detach");
	assert_string_equal(fk_resumes(f, P), "cont syscall cont cont:19 listen cont cont:18 cont");
	fk_free(f);
}

static void a_task_that_stops_itself_goes_on(void **state)
{
	struct fake *f = fk_new(MODE_ALL);
	(void)state;

	fk_start(f);
	fk_call(f, P, CALL_tkill, P, SIGSTOP);
	fk_return(f, P, 0);
	fk_signal(f, P, SIGSTOP);
	fk_group_stop(f, P, SIGSTOP);
	fk_pause(f, LATE);
	fk_trap(f, P);
	fk_signal(f, P, SIGCONT);
	tells(f, BEGINS "T0 stopped 19\nT0 continued\nT0 end exit(0)\n");
	assert_string_equal(fk_resumes(f, P), "syscall syscall syscall syscall:19 listen syscall syscall:18 cont");
	fk_free(f);
}

static void an_unknown_event_passes(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_start(f);
	fk_event(f, P, 77, 0);
	tells(f, BEGINS "T0 end exit(0)\n");
	fk_free(f);
}

/* What is sent to thrtrace alone goes to the program; Ctrl-C reaches it by itself. */
static void thrtraces_own_signals(void **state)
{
	static const int sigs[] = { SIGTERM, SIGINT };
	(void)state;

	for (unsigned i = 0; i < ARRAY_SIZE(sigs); i++) {
		struct fake *f = fk_new(MODE_FILTER);
		fk_start(f);
		fk_asks(f, sigs[i]);
		tells(f, BEGINS "T0 end exit(0)\n");
		assert_int_equal(fk_sent(f), sigs[i] == SIGTERM ? SIGTERM : 0);
		fk_free(f);
	}
}

/* A clone that fails is told with its result, and nobody waits for a child. */
static void a_failed_clone_makes_nobody(void **state)
{
	struct fake *f = fk_new(MODE_FILTER);
	(void)state;

	fk_start(f);
	fk_clone(f, P, THREAD, STACK(A));
	fk_return(f, P, -EAGAIN);
	tells(f, BEGINS "T0 call clone = -11\nT0 end exit(0)\n");
	fk_free(f);
}

/* ---- SIGKILL, anywhere ---- */

static void follow_all(struct fake *f, void (*scenario)(struct fake *))
{
	fk_run_of(f)->asked.follow_forks = true;
	scenario(f);
}

#define FOLLOWED(name)                                                                                                 \
	static void followed_##name(struct fake *f)                                                                    \
	{                                                                                                              \
		follow_all(f, name);                                                                                   \
	}
FOLLOWED(dead_before_event)
FOLLOWED(orphan)
FOLLOWED(tid_is_reused_in_one_batch)

static void ends_then_joins(struct fake *f)
{
	joins(f, true);
}

static void sigkill_in_every_state_breaks_no_promise(void **state)
{
	static void (*const scenarios[])(struct fake *) = {
		event_then_first_stop,
		first_stop_then_event,
		followed_dead_before_event,
		followed_orphan,
		eight_creators,
		silent_process,
		asks_for_a_task_of_ours,
		exec_by_thread_with_exit_stop,
		leader_leaves,
		worker_ends_all,
		ends_then_joins,
		followed_tid_is_reused_in_one_batch,
		group_stop,
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
		cmocka_unit_test(event_then_first_stop_is_a_birth),
		cmocka_unit_test(first_stop_then_event_is_a_birth),
		cmocka_unit_test(dead_before_event_is_born_and_ends),
		cmocka_unit_test(child_of_unread_arguments_is_what_the_kernel_made_it),
		cmocka_unit_test(killed_before_its_first_stop_ends),
		cmocka_unit_test(at_its_exit_stop_before_the_event_ends),
		cmocka_unit_test(an_early_child_of_a_dead_creator_is_adopted),
		cmocka_unit_test(an_event_may_come_after_the_adoption),
		cmocka_unit_test(an_early_child_is_adopted_while_others_are_busy),
		cmocka_unit_test(an_event_after_the_adoption_holds_nobody),
		cmocka_unit_test(a_slow_creator_is_waited_for),
		cmocka_unit_test(eight_creators_interleave),
		cmocka_unit_test(a_held_creator_may_die),
		cmocka_unit_test(a_first_stop_may_be_a_group_stop),
		cmocka_unit_test(vfork_is_over_before_the_exec),
		cmocka_unit_test(a_thread_gets_the_number_of_the_command),
		cmocka_unit_test(clone_parent_names_the_caller_as_creator),
		cmocka_unit_test(an_untraced_child_is_told_from_the_result),
		cmocka_unit_test(a_child_by_clone_ptrace_is_one_task),
		cmocka_unit_test(a_child_without_event_in_light_mode_is_adopted),
		cmocka_unit_test(light_mode_reads_the_call_at_the_event),
		cmocka_unit_test(without_f_a_process_is_let_go),
		cmocka_unit_test(without_f_a_process_with_our_filter_is_silent),
		cmocka_unit_test(a_second_tracer_is_told_of),
		cmocka_unit_test(exec_by_a_thread_keeps_its_identity),
		cmocka_unit_test(exec_in_light_mode_is_no_exit_group),
		cmocka_unit_test(the_tid_of_an_execing_thread_is_reused),
		cmocka_unit_test(launch_fails_before_execve),
		cmocka_unit_test(a_stop_before_execve_does_not_hide_the_program),
		cmocka_unit_test(a_leader_may_leave_first),
		cmocka_unit_test(exit_group_by_a_worker_names_it),
		cmocka_unit_test(a_death_without_exit_stop_is_an_end),
		cmocka_unit_test(a_call_that_its_task_dies_in_is_told),
		cmocka_unit_test(a_young_trace_keeps_an_end_for_its_joiner),
		cmocka_unit_test(a_join_is_told_whichever_comes_first),
		cmocka_unit_test(a_stack_that_cannot_be_opened_is_told),
		cmocka_unit_test(a_detach_that_waits_is_no_join),
		cmocka_unit_test(frames_are_asked_in_doubt_only),
		cmocka_unit_test(a_thread_that_may_not_start_is_not_joined),
		cmocka_unit_test(a_wait_in_vain_is_told_whichever_comes_first),
		cmocka_unit_test(a_join_of_one_that_is_over_is_told),
		cmocka_unit_test(an_end_kept_for_its_joiner_comes_before_execve),
		cmocka_unit_test(a_thread_whose_end_is_kept_does_not_keep_the_process_alive),
		cmocka_unit_test(a_reused_tid_is_another_task),
		cmocka_unit_test(the_tid_of_an_early_dead_child_is_reused),
		cmocka_unit_test(signals_are_passed_on),
		cmocka_unit_test(a_group_stop_is_listened_to),
		cmocka_unit_test(a_task_that_stops_itself_goes_on),
		cmocka_unit_test(an_unknown_event_passes),
		cmocka_unit_test(thrtraces_own_signals),
		cmocka_unit_test(a_failed_clone_makes_nobody),
		cmocka_unit_test(sigkill_in_every_state_breaks_no_promise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

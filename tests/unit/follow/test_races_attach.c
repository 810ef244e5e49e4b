/* SPDX-License-Identifier: MIT */
/* Attaching and letting go, over a scripted kernel: test_races.c says how. P and A run when thrtrace comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <unistd.h>

#include "follow/attach.h"
#include "races.h"

static struct fake *attached(enum trace_mode mode)
{
	struct fake *f = fk_new(mode);

	fk_attach(f);
	fk_there(f, P);
	fk_there(f, A);
	return f;
}

#define ATTACHED "start\nT0 birth attached process\nT1 birth attached thread\n"
#define ALL_END  "T1 end exit(0)\nT0 end exit(0)\n"
#define LET_GO   "T0 end detached, no exit stop\nT1 end detached, no exit stop\n"

static void makes(struct fake *f, pid_t tid, pid_t child)
{
	fk_clone(f, tid, THREAD, STACK(child));
	fk_created(f, tid, PTRACE_EVENT_CLONE, child, P);
}

/* ---- being told of ---- */

static void each_is_stopped_once(void **state)
{
	struct fake *f = attached(MODE_LIGHT);
	(void)state;

	tells(f, ATTACHED ALL_END);
	assert_string_equal(fk_resumes(f, P), "cont cont");
	fk_free(f);
}

/* In MODE_ALL the calls stop from then on. The first boundary may be the end of a call that nobody saw begin. */
static void a_call_under_way_has_no_beginning(void **state)
{
	struct fake *f = attached(MODE_ALL);
	(void)state;

	fk_pause(f, 1);
	fk_return(f, A, -EINTR);
	tells(f, ATTACHED ALL_END);
	assert_string_equal(fk_resumes(f, A), "syscall syscall detach");
	fk_free(f);
}

static void who_sleeps_in_a_fragile_call_sleeps_on(void **state)
{
	struct fake *f = attached(MODE_LIGHT);
	(void)state;

	fk_asleep(f, A);
	tells(f, "start\nT1 birth attached thread\nT0 birth attached process\nT1 end exit(0)\nT0 end exit(0)\n");
	assert_string_equal(fk_resumes(f, A), "detach"); /* its exit stop alone */
	fk_free(f);
}

/* A's event comes before A was told of: it is told of first, and its child then. */
static void a_birth_before_its_creator_is_told_of(void **state)
{
	struct fake *f = attached(MODE_LIGHT);
	(void)state;

	makes(f, A, B);
	fk_trap(f, B);
	tells(f,
		"start\nT1 birth attached thread\nT2 birth thread by T1\nT0 birth attached process\n"
		"T2 end exit(0)\nT1 end exit(0)\nT0 end exit(0)\n");
	fk_free(f);
}

static void a_birth_after_it(void **state)
{
	struct fake *f = attached(MODE_LIGHT);
	(void)state;

	fk_pause(f, 1);
	makes(f, A, B);
	fk_trap(f, B);
	tells(f, ATTACHED "T2 birth thread by T1\nT2 end exit(0)\n" ALL_END);
	fk_free(f);
}

/* The child stops first, while its creator has not been told of. */
static void an_early_child_of_an_untold_creator(void **state)
{
	struct fake *f = attached(MODE_LIGHT);
	(void)state;

	fk_clone(f, A, THREAD, STACK(B));
	fk_task(f, B, P, P);
	fk_trap(f, B);
	fk_created(f, A, PTRACE_EVENT_CLONE, B, P);
	tells(f,
		"start\nT1 birth attached thread\nT2 birth thread by T1\nT0 birth attached process\n"
		"T2 end exit(0)\nT1 end exit(0)\nT0 end exit(0)\n");
	fk_free(f);
}

/* Its creator was seized before it was born, and the list shows it before its creator's event is looked at. */
static void one_that_is_ours_already_is_born_once(void **state)
{
	struct fake *f = attached(MODE_LIGHT);
	(void)state;

	fk_born_ours(f, B);
	makes(f, A, B);
	fk_trap(f, B);
	tells(f,
		"start\nT1 birth attached thread\nT2 birth thread by T1\nT0 birth attached process\n"
		"T2 end exit(0)\nT1 end exit(0)\nT0 end exit(0)\n");
	fk_free(f);
}

static void one_that_is_gone_when_it_is_to_be_seized(void **state)
{
	struct fake *f = attached(MODE_LIGHT);
	(void)state;

	fk_vanishes(f, B);
	tells(f, ATTACHED ALL_END);
	fk_free(f);
}

static void one_that_exits_before_it_is_told_of(void **state)
{
	struct fake *f = attached(MODE_LIGHT);
	(void)state;

	fk_exits(f, A, 0);
	fk_exited(f, A, 0);
	tells(f, "start\nT1 birth attached thread\nT1 end exit(0)\nT0 birth attached process\nT0 end exit(0)\n");
	fk_free(f);
}

static void one_that_is_killed_without_a_stop(void **state)
{
	struct fake *f = attached(MODE_LIGHT);
	(void)state;

	fk_dies(f, A);
	fk_killed(f, A, SIGKILL);
	tells(f,
		"start\nT1 birth attached thread\nT1 end signal 9, no exit stop\nT0 birth attached process\nT0 end "
		"exit(0)\n");
	fk_free(f);
}

/* It can't be seized and reports nothing: it ends with the last of its threads. */
static void zombie_leader(void **state)
{
	struct fake *f = attached(MODE_LIGHT);
	(void)state;

	fk_zombie(f, P);
	fk_there(f, B);
	tells(f, ATTACHED "T2 birth attached thread\nT2 end exit(0)\nT1 end exit(0)\nT0 end exit(0), no exit stop\n");
	assert_string_equal(fk_resumes(f, P), "");
	fk_free(f);
}

/* The leader looked like a zombie, for its execve was under way: it is seized when it is there. */
static void a_leader_that_execve_replaces(void **state)
{
	struct fake *f = attached(MODE_LIGHT);
	(void)state;

	fk_zombie_for_now(f, P);
	tells(f, ATTACHED ALL_END);
	assert_string_equal(fk_resumes(f, P), "cont cont");
	fk_free(f);

	f = fk_new(MODE_LIGHT); /* and nobody else is left */
	fk_attach(f);
	fk_zombie_for_now(f, P);
	tells(f, "start\nT0 birth attached process\nT0 end exit(0)\n");
	fk_free(f);
}

/* Attaches; what was said to the user of it. */
static const char *said_of_attaching(struct fake *f)
{
	static char said[1024];
	FILE *to = tmpfile();
	int err = dup(STDERR_FILENO);
	pid_t pid = P;

	assert_non_null(to);
	assert_true(err >= 0);
	assert_true(dup2(fileno(to), STDERR_FILENO) >= 0);
	size_t got = attach_begin(fk_run_of(f), &pid, 1);
	assert_true(dup2(err, STDERR_FILENO) >= 0);
	close(err);
	rewind(to);
	said[fread(said, 1, sizeof(said) - 1, to)] = '\0';
	(void)fclose(to);
	assert_int_equal(got, 1);
	return said;
}

/* A refusal counts when it lasts: each pass tries again. */
static void one_that_execve_replaces_again_and_again(void **state)
{
	(void)state;
	for (unsigned times = 1; times < 5; times++) {
		struct fake *f = attached(MODE_LIGHT);
		fk_refuses(f, A, times);
		assert_string_equal(said_of_attaching(f), "");
		tells(f, ATTACHED ALL_END);
		fk_free(f);
	}
	struct fake *f = attached(MODE_LIGHT);
	fk_refuses(f, A, 1000);
	assert_string_not_equal(said_of_attaching(f), "");
	fk_free(f);
}

static void one_that_execve_hides_for_a_moment(void **state)
{
	(void)state;
	for (unsigned times = 1; times < 6; times++) {
		struct fake *f = attached(MODE_LIGHT);
		fk_hides(f, times);
		assert_string_equal(said_of_attaching(f), "");
		tells(f, ATTACHED ALL_END);
		fk_free(f);
	}
}

/* Seized when it had taken the leader's tid, before its event: of its former tid nobody was told. */
static void an_execve_that_was_under_way(void **state)
{
	struct fake *f = attached(MODE_LIGHT);
	(void)state;

	fk_vanishes(f, A);
	fk_exec(f, P, B);
	tells(f, "start\nT0 birth attached process\nT0 exec\nT0 end exit(0)\n");
	fk_free(f);
}

static void a_stopped_process_stays_stopped(void **state)
{
	struct fake *f = attached(MODE_LIGHT);
	(void)state;

	fk_group_stop(f, P, SIGSTOP);
	fk_group_stop(f, A, SIGSTOP);
	fk_pause(f, 1);
	fk_trap(f, P);
	fk_trap(f, A);
	tells(f, "start\nT0 birth attached process\nT0 stopped 19\nT1 birth attached thread\nT0 continued\n" ALL_END);
	assert_string_equal(fk_resumes(f, A), "listen cont detach");
	fk_free(f);
}

static void a_signal_before_it_is_told_of_is_delivered(void **state)
{
	struct fake *f = attached(MODE_LIGHT);
	(void)state;

	fk_signal(f, A, SIGCHLD);
	assert_int_equal(fk_run(f), 0);
	assert_string_equal(fk_resumes(f, A), "cont:17 detach");
	fk_free(f);
}

/* Its children run on by themselves: there is no filter in them. */
static void children_are_let_go(void **state)
{
	struct fake *f = attached(MODE_LIGHT);
	(void)state;

	fk_pause(f, 1);
	fk_clone(f, A, SIGCHLD, 0);
	fk_created(f, A, PTRACE_EVENT_FORK, B, B);
	fk_trap(f, B);
	tells(f, ATTACHED "T2 birth process by T1, left\n" ALL_END);
	assert_string_equal(fk_resumes(f, B), "detach");
	fk_free(f);
}

static void only_a_thread(void **state)
{
	struct fake *f = attached(MODE_LIGHT);
	(void)state;

	fk_run_of(f)->attach->only_thread = true;
	fk_gone(f, A); /* of the other thread nothing is known, and it is none of thrtrace's business */
	fk_pause(f, 1);
	makes(f, P, B);
	fk_trap(f, B);
	tells(f, "start\nT0 birth attached process\nT1 birth thread by T0, left\nT0 end exit(0)\n");
	assert_string_equal(fk_resumes(f, A), "");
	assert_string_equal(fk_resumes(f, B), "detach");
	fk_free(f);
}

/* ---- letting go ---- */

/* What it has used while it was watched was used then: each account is read within the time that is told. */
static void no_account_is_older_or_younger_than_its_window(void **state)
{
	struct fake *f = attached(MODE_LIGHT);
	struct task_account used;
	unsigned n = 0;
	(void)state;

	fk_slow_proc(f, 1000000);
	fk_pause(f, 3000000);
	fk_asks(f, SIGINT);
	assert_int_equal(fk_run(f), 0);
	const struct model *m = fk_run_of(f)->tell.model;
	for (const struct task *t = model_next(m, 0); t; t = model_next(m, t->id.serial), n++) {
		assert_true(task_window(t, &used));
		assert_in_range(used.cpu_ns, 1, task_ended_ns(t) - t->t_born_ns);
	}
	assert_int_equal(n, 2);
	fk_free(f);
}

static void each_signal_lets_go(void **state)
{
	static const int sigs[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	(void)state;

	for (unsigned i = 0; i < ARRAY_SIZE(sigs); i++) {
		struct fake *f = attached(MODE_LIGHT);
		fk_pause(f, 1);
		fk_asks(f, sigs[i]);
		tells(f, ATTACHED LET_GO);
		assert_int_equal(fk_sent(f), 0); /* nothing for the process */
		fk_free(f);
	}
}

static void the_time_is_over(void **state)
{
	struct fake *f = attached(MODE_LIGHT);
	(void)state;

	fk_run_of(f)->asked.deadline_ns = 500000000;
	fk_pause(f, 10000000000U);
	tells(f, ATTACHED LET_GO);
	fk_free(f);
}

/* Asked to end before the others are told of. */
static void nobody_is_forgotten(void **state)
{
	struct fake *f = attached(MODE_LIGHT);
	(void)state;

	fk_asks(f, SIGINT);
	assert_int_equal(
		fk_run(f), 0); /* the promises say the rest: each born once, ended once, and none left stopped */
	fk_free(f);
}

static unsigned born, unseen;

static int count_unseen(struct sink *s, const struct event *ev, const struct model *m, struct outbuf *out)
{
	(void)s;
	(void)m;
	(void)out;
	born += ev->kind == EV_BIRTH;
	unseen += ev->kind == EV_BIRTH && ev->u.birth.attached && !ev->u.birth.attached->age_known;
	return 0;
}

/* Nor is anything left out that can be read of who has not stopped by then. */
static void who_has_not_stopped_is_looked_at(void **state)
{
	static const struct sink_ops ops = { .name = "counts", .size = sizeof(struct sink), .event = count_unseen };
	struct sink counts = { .ops = &ops };
	(void)state;

	struct fake *f = attached(MODE_LIGHT);
	fk_run_of(f)->tell.view[0].sink = &counts;
	fk_asks(f, SIGINT);
	assert_int_equal(fk_run(f), 0);
	assert_int_equal(born, 2);
	assert_int_equal(unseen, 0);
	fk_free(f);
}

static void while_a_child_is_early(void **state)
{
	struct fake *f = attached(MODE_LIGHT);
	(void)state;

	fk_pause(f, 1);
	fk_clone(f, A, THREAD, STACK(B));
	fk_task(f, B, P, P);
	fk_trap(f, B);
	fk_pause(f, 1);
	fk_asks(f, SIGINT);
	tells(f, ATTACHED LET_GO);
	fk_free(f);
}

static void while_a_creator_is_held(void **state)
{
	struct fake *f = attached(MODE_LIGHT);
	(void)state;

	fk_pause(f, 1);
	makes(f, A, B);
	fk_asks(f, SIGINT);
	tells(f, ATTACHED LET_GO);
	fk_free(f);
}

static void while_one_is_in_its_exit_stop(void **state)
{
	struct fake *f = attached(MODE_LIGHT);
	(void)state;

	fk_pause(f, 1);
	fk_exits(f, A, 3);
	fk_pause(f, 1);
	fk_asks(f, SIGINT);
	tells(f, ATTACHED "T1 end exit(3)\nT0 end detached, no exit stop\n");
	assert_string_equal(
		fk_resumes(f, A), "cont detach"); /* nothing but a resume ends such a stop, so it has one already */
	fk_free(f);
}

static void while_it_is_stopped(void **state)
{
	struct fake *f = attached(MODE_LIGHT);
	(void)state;

	fk_group_stop(f, P, SIGSTOP);
	fk_group_stop(f, A, SIGSTOP);
	fk_pause(f, 1);
	fk_asks(f, SIGINT);
	tells(f, "start\nT0 birth attached process\nT0 stopped 19\nT1 birth attached thread\n" LET_GO);
	assert_string_equal(fk_resumes(f, P), "listen");
	fk_free(f);
}

/* What was reported is resumed with its signal before thrtrace goes: one that is fetched and not delivered is lost. */
static void while_a_signal_is_delivered(void **state)
{
	struct fake *f = attached(MODE_LIGHT);
	(void)state;

	fk_pause(f, 1);
	fk_signal(f, A, SIGCHLD);
	fk_signal(f, P, SIGCONT);
	fk_asks(f, SIGINT);
	assert_int_equal(fk_run(f), 0);
	assert_string_equal(fk_resumes(f, A), "cont cont:17");
	assert_string_equal(fk_resumes(f, P), "cont cont:18");
	fk_free(f);
}

static int no_room(struct sink *s, const struct event *ev, const struct model *m, struct outbuf *out)
{
	(void)s;
	(void)m;
	(void)out;
	return ev->kind == EV_END ? -EPIPE : 0;
}

/* Nobody reads the trace any more. */
static void when_it_cannot_be_told(void **state)
{
	static const struct sink_ops ops = { .name = "full", .size = sizeof(struct sink), .event = no_room };
	struct sink full = { .ops = &ops };
	(void)state;

	struct fake *f = attached(MODE_LIGHT);
	fk_run_of(f)->tell.view[0].sink = &full;
	fk_pause(f, 1);
	fk_exits(f, A, 0);
	fk_exited(f, A, 0);
	assert_int_equal(fk_run(f), -EPIPE);
	assert_true(fk_run_of(f)->leaving);
	fk_free(f);

	/* A program with thrtrace's filter in it can't be let go: it goes on, in silence. */
	f = fk_new(MODE_FILTER);
	fk_run_of(f)->tell.view[0].sink = &full;
	fk_start(f);
	makes(f, P, A);
	fk_trap(f, A);
	fk_exits(f, A, 0);
	fk_exited(f, A, 0);
	makes(f, P, B);
	fk_trap(f, B);
	assert_int_equal(fk_run(f), -EPIPE);
	assert_false(fk_run_of(f)->leaving);
	assert_true(fk_run_of(f)->main.ended);
	fk_free(f);
}

/* ---- SIGKILL, anywhere ---- */

static void attached_story(struct fake *f)
{
	fk_attach(f);
	fk_there(f, P);
	fk_there(f, A);
	makes(f, A, B);
	fk_trap(f, B);
	fk_pause(f, 1);
	fk_exits(f, B, 0);
	fk_exited(f, B, 0);
}

static void attached_zombie_leader(struct fake *f)
{
	fk_attach(f);
	fk_zombie(f, P);
	fk_there(f, A);
	makes(f, A, B);
	fk_trap(f, B);
	fk_pause(f, 1);
}

static void attached_and_let_go(struct fake *f)
{
	attached_story(f);
	fk_clone(f, A, THREAD, STACK(C));
	fk_task(f, C, P, P);
	fk_trap(f, C);
	fk_asks(f, SIGINT);
}

static void sigkill_breaks_no_promise(void **state)
{
	(void)state;
	fk_kill_everywhere(MODE_LIGHT, attached_story);
	fk_kill_everywhere(MODE_ALL, attached_story);
	fk_kill_everywhere(MODE_LIGHT, attached_zombie_leader);
	fk_kill_everywhere(MODE_LIGHT, attached_and_let_go);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_stopped_once),
		cmocka_unit_test(a_call_under_way_has_no_beginning),
		cmocka_unit_test(who_sleeps_in_a_fragile_call_sleeps_on),
		cmocka_unit_test(a_birth_before_its_creator_is_told_of),
		cmocka_unit_test(a_birth_after_it),
		cmocka_unit_test(an_early_child_of_an_untold_creator),
		cmocka_unit_test(one_that_is_ours_already_is_born_once),
		cmocka_unit_test(one_that_is_gone_when_it_is_to_be_seized),
		cmocka_unit_test(one_that_exits_before_it_is_told_of),
		cmocka_unit_test(one_that_is_killed_without_a_stop),
		cmocka_unit_test(zombie_leader),
		cmocka_unit_test(a_leader_that_execve_replaces),
		cmocka_unit_test(one_that_execve_replaces_again_and_again),
		cmocka_unit_test(one_that_execve_hides_for_a_moment),
		cmocka_unit_test(an_execve_that_was_under_way),
		cmocka_unit_test(a_stopped_process_stays_stopped),
		cmocka_unit_test(a_signal_before_it_is_told_of_is_delivered),
		cmocka_unit_test(children_are_let_go),
		cmocka_unit_test(only_a_thread),
		cmocka_unit_test(no_account_is_older_or_younger_than_its_window),
		cmocka_unit_test(each_signal_lets_go),
		cmocka_unit_test(the_time_is_over),
		cmocka_unit_test(nobody_is_forgotten),
		cmocka_unit_test(who_has_not_stopped_is_looked_at),
		cmocka_unit_test(while_a_child_is_early),
		cmocka_unit_test(while_a_creator_is_held),
		cmocka_unit_test(while_one_is_in_its_exit_stop),
		cmocka_unit_test(while_it_is_stopped),
		cmocka_unit_test(while_a_signal_is_delivered),
		cmocka_unit_test(when_it_cannot_be_told),
		cmocka_unit_test(sigkill_breaks_no_promise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

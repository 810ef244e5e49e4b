/* SPDX-License-Identifier: MIT */
/* The wait strategy over a kernel that is scripted: who has a report, and which signals tell of it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fakewaits.h"
#include "kernel/waiter.h"

static void each_of_many_coalesced_reports_is_found(void **state)
{
	static struct fake f;
	struct waiter *w = with(&f, 16000);
	struct kstatus ks;
	int sig;
	(void)state;

	for (pid_t tid = 3; tid <= 16000; tid += 7)
		report(&f, tid, 1); /* one SIGCHLD for all of them */
	unsigned found = 0;
	for (pid_t tid = 3; tid <= 16000; tid += 7, found++)
		assert_int_equal(waiter_next(w, &ks, UINT64_MAX, &sig), 1);
	assert_int_equal(waiter_next(w, &ks, 1000000, &sig), 0);
	for (pid_t tid = 0; tid < TIDS; tid++)
		assert_int_equal(f.pending[tid], 0);
	assert_true(found > 2000);
	waiter_free(w);
}

static void a_stranger_is_found_by_the_walk(void **state)
{
	static struct fake f;
	struct waiter *w = with(&f, 1200);
	struct kstatus ks;
	int sig;
	(void)state;

	report(&f, 5, 1);
	f.tracee[1500] = true;
	f.n++;
	report(&f, 1500, 1); /* nobody told the waiter, and the signal names another */
	assert_int_equal(waiter_next(w, &ks, UINT64_MAX, &sig), 1);
	assert_int_equal(ks.tid, 5);
	assert_int_equal(waiter_next(w, &ks, UINT64_MAX, &sig), 1);
	assert_int_equal(ks.tid, 1500);
	waiter_free(w);
}

/* One SIGCHLD for many, of hundreds: to sleep a moment first would cost more than to look for them all. */
static void of_hundreds_none_waits_for_a_nap(void **state)
{
	static struct fake f;
	struct waiter *w = with(&f, 200);
	struct kstatus ks;
	int sig;
	(void)state;

	for (unsigned round = 0; round < 50; round++) {
		for (pid_t tid = 2; tid <= 200; tid += 5)
			report(&f, tid, 1);
		for (pid_t tid = 2; tid <= 200; tid += 5) {
			assert_int_equal(waiter_next(w, &ks, UINT64_MAX, &sig), 1);
			waiter_resumed(w, ks.tid);
			assert_int_equal(f.naps, 0);
		}
	}
	assert_true(f.walk_cost < 50 * 40 * 200 * 3);
	waiter_free(w);
}

static void a_busy_task_does_not_starve_the_others(void **state)
{
	static struct fake f;
	struct waiter *w = with(&f, 4000);
	struct kstatus ks;
	int sig;
	(void)state;

	report(&f, 17, 1);
	report(&f, 2000, 1);
	f.tracee[4500] = true; /* and one that nobody knows */
	f.n++;
	report(&f, 4500, 1);
	bool known = false, stranger = false;
	for (unsigned turn = 0; turn < 3 * 4000 && !(known && stranger); turn++) {
		assert_int_equal(waiter_next(w, &ks, UINT64_MAX, &sig), 1);
		known |= ks.tid == 2000;
		stranger |= ks.tid == 4500;
		f.now += 20000;
		waiter_resumed(w, ks.tid);
		report(&f, 17, 1);
	}
	assert_true(known && stranger);
	waiter_free(w);
}

/* Two that report all the time, 50 us each, and at once a hundred of the others: within two rounds all are had. */
static void beside_busy_tasks_the_others_wait_for_a_moment(void **state)
{
	static struct fake f;
	struct waiter *w = with(&f, 5000);
	struct kstatus ks;
	unsigned had = 0;
	int sig;
	(void)state;

	report(&f, 4, 1);
	report(&f, 5, 1);
	for (pid_t i = 0; i < 100; i++)
		report(&f, 1000 + 37 * i, 1);
	f.asked = f.walks = f.walk_ns = 0;
	uint64_t begin = f.now;
	while (had < 100) {
		assert_int_equal(waiter_next(w, &ks, UINT64_MAX, &sig), 1);
		f.now += 50000;
		if (ks.tid < 1000) {
			waiter_resumed(w, ks.tid);
			report(&f, ks.tid, 1);
		} else {
			had++;
		}
		assert_true(f.now - begin < 2 * 20000000 + 100 * 50000);
	}
	/* And that costs a tenth of a report's time, and walks no more than another tenth. */
	uint64_t reports = (f.now - begin) / 50000;
	assert_true((f.asked - f.walks) * ASK_NS < reports * 50000 / 10);
	assert_true(f.walk_ns < (f.now - begin) / 10);
	waiter_free(w);
}

/*
 * Thousands that rest, and a few that report whenever they went on, each report being 100 us of work. Signals coalesce:
 * none waits for a whole round all the same, since a walk is made for them.
 */
static void whom_no_signal_named_is_found_before_a_sleep(void **state)
{
	static struct fake f;
	struct waiter *w = with(&f, 5000);
	struct kstatus ks;
	int sig;
	(void)state;

	for (unsigned round = 0; round < 200; round++) {
		pid_t pair[2] = { 1 + (pid_t)(round * 37 % 2500), 4990 - (pid_t)(round * 41 % 2400) };
		report(&f, pair[0], 1);
		report(&f, pair[1], 1); /* in the same signal */
		uint64_t begin = f.now;
		for (unsigned had = 0; had < 2; had++) {
			assert_int_equal(waiter_next(w, &ks, UINT64_MAX, &sig), 1);
			assert_true(ks.tid == pair[had]);
			f.now += 100000;
			waiter_resumed(w, ks.tid);
			assert_true(f.now - begin < 6000000);
		}
		assert_int_equal(waiter_next(w, &ks, 1000000, &sig), 0);
	}
	waiter_free(w);
}

/* A walk finds those first who came last: while they keep reporting, it is not the only way to look. */
static void of_hundreds_the_eldest_has_his_turn(void **state)
{
	static struct fake f;
	struct waiter *w = with(&f, 700);
	struct kstatus ks;
	int sig;
	(void)state;

	report(&f, 650, 1);
	f.sigchld = false; /* found by the walk before a sleep, as nobody names it */
	report(&f, 660, 1);
	f.sigchld = false;
	assert_int_equal(waiter_next(w, &ks, UINT64_MAX, &sig), 1);
	report(&f, 3, 1);
	uint64_t begin = f.now;
	do {
		for (pid_t tid = 640; tid < 700; tid++)
			if (!f.pending[tid])
				report(&f, tid, 1);
		assert_int_equal(waiter_next(w, &ks, UINT64_MAX, &sig), 1);
		f.now += 50000;
		waiter_resumed(w, ks.tid);
		assert_true(f.now - begin < 2 * 10000000 + 60 * 50000);
	} while (ks.tid != 3);
	waiter_free(w);
}

/* What a creator's event made thrtrace look at serves the child's first stop, if nothing comes in between. */
static void a_child_comes_right_behind_its_creator(void **state)
{
	static struct fake f;
	struct waiter *w = with(&f, 5000);
	struct kstatus ks;
	int sig;
	(void)state;

	for (pid_t tid = 10; tid < 1000; tid++)
		report(&f, tid, 1);
	for (pid_t child = 5001; child < 5050; child++) {
		assert_int_equal(waiter_next(w, &ks, UINT64_MAX, &sig), 1);
		f.tracee[child] = true;
		f.n++;
		report(&f, child, 1);
		waiter_expect(w, child);
		assert_int_equal(waiter_next(w, &ks, 0, &sig), 1);
		assert_int_equal(ks.tid, child);
		f.now += 50000;
	}
	waiter_free(w);
}

static void what_is_given_back_comes_first(void **state)
{
	static struct fake f;
	struct waiter *w = with(&f, 5000);
	struct kstatus ks;
	int sig;
	(void)state;

	report(&f, 7, 1);
	for (pid_t tid = 100; tid < 103; tid++)
		assert_int_equal(waiter_put_back(w, &(struct kstatus){ .tid = tid, .wstatus = STOPPED }), 0);
	for (pid_t tid = 100; tid < 103; tid++) {
		assert_int_equal(waiter_next(w, &ks, 0, &sig), 1);
		assert_int_equal(ks.tid, tid);
	}
	assert_int_equal(waiter_next(w, &ks, UINT64_MAX, &sig), 1);
	assert_int_equal(ks.tid, 7);
	waiter_free(w);
}

/* While many report a SIGCHLD is always pending; a Ctrl-C beside it is heard all the same. */
static void beside_many_that_report_another_signal_is_heard(void **state)
{
	static struct fake f;
	struct waiter *w = with(&f, 5000);
	struct kstatus ks;
	unsigned turns = 0;
	int sig = 0, got;
	(void)state;

	f.other_signal = SIGINT;
	do {
		report(&f, 10 + (pid_t)(turns % 4000), 1);
		got = waiter_next(w, &ks, UINT64_MAX, &sig);
		f.now += 50000;
		if (got == 1)
			waiter_resumed(w, ks.tid);
	} while (got == 1 && ++turns < 1000);
	assert_int_equal(got, -EINTR);
	assert_int_equal(sig, SIGINT);
	waiter_free(w);
}

static void ping_pong_beside_thousands_costs_little(void **state)
{
	static struct fake f;
	struct waiter *w = with(&f, 16000);
	struct kstatus ks;
	int sig;
	(void)state;

	f.asked = f.walks = f.walk_cost = 0;
	for (unsigned i = 0; i < 100000; i++) {
		pid_t tid = 100 + (pid_t)(i % 2);
		waiter_resumed(w, tid);
		report(&f, tid, 1);
		assert_int_equal(waiter_next(w, &ks, UINT64_MAX, &sig), 1);
		assert_int_equal(ks.tid, tid);
		assert_int_equal(waiter_next(w, &ks, 0, &sig), 0); /* as the loop drains */
	}
	assert_true(f.asked < 100000 * 20);
	assert_true(f.walk_cost < 100000 * 40); /* a walk per event would be 100000 * 16000 */
	waiter_free(w);
}

static void the_dead_are_not_asked_again(void **state)
{
	static struct fake f;
	struct waiter *w = with(&f, 100);
	struct kstatus ks;
	int sig;
	(void)state;

	for (pid_t tid = 1; tid <= 100; tid++) {
		report(&f, tid, 2);
		assert_int_equal(waiter_next(w, &ks, UINT64_MAX, &sig), 1);
		assert_int_equal(ks.tid, tid);
	}
	assert_int_equal(waiter_next(w, &ks, UINT64_MAX, &sig), -ECHILD);
	waiter_free(w);
}

static void a_tid_that_went_without_a_report_is_forgotten(void **state)
{
	static struct fake f;
	struct waiter *w = with(&f, 100);
	struct kstatus ks;
	int sig;
	(void)state;

	f.tracee[50] = false; /* execve by another thread than the first took it away */
	f.n--;
	report(&f, 1, 1);
	assert_int_equal(waiter_next(w, &ks, UINT64_MAX, &sig), 1);
	assert_int_equal(ks.tid, 1);
	assert_int_equal(waiter_next(w, &ks, 50000000, &sig), 0);
	waiter_free(w);
}

static void another_signal_ends_the_wait(void **state)
{
	static struct fake f;
	struct waiter *w = with(&f, 100);
	struct kstatus ks;
	int sig = 0;
	(void)state;

	f.other_signal = SIGINT;
	assert_int_equal(waiter_next(w, &ks, UINT64_MAX, &sig), -EINTR);
	assert_int_equal(sig, SIGINT);
	waiter_free(w);
}

#define QUIET 20000000U

static void a_few_are_waited_for_without_signals(void **state)
{
	static struct fake f;
	struct waiter *w = waits(&f, 2, true);
	struct kstatus ks;
	int sig;
	(void)state;

	unsigned long sleeps = f.sleeps;
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(waiter_next(w, &ks, 0, &sig), 0);
		report(&f, 1 + (pid_t)(i % 2), 1);
		assert_int_equal(waiter_next(w, &ks, QUIET, &sig), 1);
		assert_int_equal(ks.tid, 1 + (pid_t)(i % 2));
	}
	assert_int_equal(f.blocked, 100);
	assert_int_equal(f.sleeps, sleeps);
	uint64_t from = f.now;
	assert_int_equal(waiter_next(w, &ks, QUIET, &sig), 0); /* over in time */
	assert_within(f.now - from, QUIET, QUIET + 10000000);
	waiter_free(w);
}

/* What a batch costs: one wait a report, and a second one rarely. */
static void behind_a_lone_report_nobody_is_looked_for(void **state)
{
	static struct fake f;
	struct waiter *w = waits(&f, 2, true);
	struct kstatus ks;
	int sig;
	(void)state;

	unsigned long asked = f.asked;
	for (unsigned i = 0; i < 80; i++) {
		assert_int_equal(waiter_next(w, &ks, 0, &sig), 0);
		report(&f, 1, 1);
		assert_int_equal(waiter_next(w, &ks, QUIET, &sig), 1);
	}
	assert_within(f.asked - asked, 80, 80 + 80 / 8 + 1);
	/* A second one there is: the next wait has it, with no time limit and no signal as well. */
	report(&f, 2, 1);
	assert_int_equal(waiter_next(w, &ks, 0, &sig), 0);
	assert_int_equal(waiter_next(w, &ks, UINT64_MAX, &sig), 1);
	assert_int_equal(ks.tid, 2);
	waiter_free(w);
}

/*
 * Three that stop again as soon as they go on: none of them is served twice while another waits, but for a few times.
 */
static void of_a_few_busy_tasks_none_starves(void **state)
{
	static struct fake f;
	struct waiter *w = waits(&f, 3, true);
	struct kstatus ks;
	int sig;
	unsigned served[4] = { 0 };
	(void)state;

	for (unsigned round = 0; round < 100; round++) {
		pid_t batch[8];
		unsigned n = 0;
		while (n < 8 && waiter_next(w, &ks, n ? 0 : QUIET, &sig) == 1)
			batch[n++] = ks.tid;
		for (unsigned i = 0; i < n; i++) {
			served[batch[i]]++;
			waiter_resumed(w, batch[i]);
		}
		for (pid_t tid = 1; tid <= 3; tid++)
			if (f.pending[tid] == 0)
				report(&f, tid, 1);
	}
	for (pid_t tid = 1; tid <= 3; tid++)
		assert_within(served[tid], 80, 120);
	waiter_free(w);
}

static void what_stopped_while_no_signal_told_is_found_before_a_sleep(void **state)
{
	static struct fake f;
	struct waiter *w = waits(&f, 2, true);
	struct kstatus ks;
	int sig;
	(void)state;

	assert_int_equal(waiter_next(w, &ks, QUIET, &sig), 0);
	assert_true(f.blocks);
	assert_int_equal(waiter_next(w, &ks, 0, &sig), 0);
	report(&f, 2, 1); /* untold, and the next wait need not poll again */
	assert_int_equal(waiter_next(w, &ks, UINT64_MAX, &sig), 1);
	assert_int_equal(ks.tid, 2);
	report(&f, 1, 1);
	assert_int_equal(waiter_next(w, &ks, UINT64_MAX, &sig), 1); /* a signal told of it */
	waiter_free(w);
}

static void more_than_a_few_are_asked_again_when_no_signal_told(void **state)
{
	static struct fake f;
	struct waiter *w = waits(&f, 10, true);
	struct kstatus ks;
	int sig;
	(void)state;

	assert_int_equal(waiter_next(w, &ks, QUIET, &sig), 0);
	for (pid_t tid = 11; tid <= 100; tid++) {
		f.tracee[tid] = true;
		f.n++;
		report(&f, tid, 1);
		assert_int_equal(waiter_next(w, &ks, QUIET, &sig), 1);
		assert_int_equal(ks.tid, tid);
		waiter_resumed(w, tid);
		assert_int_equal(waiter_next(w, &ks, 0, &sig), 0);
		if (tid == 60)
			report(&f, 5, 1);
		if (tid == 60) {
			assert_int_equal(waiter_next(w, &ks, UINT64_MAX, &sig), 1);
			assert_int_equal(ks.tid, 5);
		}
	}
	waiter_free(w);
}

static void another_signal_ends_the_blocking_wait(void **state)
{
	static struct fake f;
	struct waiter *w = waits(&f, 2, true);
	struct kstatus ks;
	int sig = 0;
	(void)state;

	f.other_signal = SIGTERM;
	assert_int_equal(waiter_next(w, &ks, QUIET, &sig), -EINTR);
	assert_int_equal(sig, SIGTERM);
	waiter_free(w);
}

/* One report after another, each within moments: hardly ever is it blocked for, but signals are not forgotten. */
static void what_comes_within_moments_is_looked_for_and_not_slept_for(void **state)
{
	static struct fake f;
	struct waiter *w = spins(&f, 2);
	struct kstatus ks;
	int sig = 0;
	unsigned served = 0;
	(void)state;

	unsigned long blocked = f.blocked;
	for (unsigned i = 0; i < 320; i++) {
		f.soon = 1 + (pid_t)(i % 2);
		f.soon_at = f.now + SPIN / 2;
		while (waiter_next(w, &ks, QUIET, &sig) == 0)
			;
		assert_int_equal(ks.tid, 1 + (pid_t)(i % 2));
	}
	assert_within(f.blocked - blocked, 1, 2 * 320 / 32);
	f.other_signal = SIGTERM;
	do {
		f.soon = 1;
		f.soon_at = f.now + SPIN / 2;
	} while (waiter_next(w, &ks, QUIET, &sig) != -EINTR && ++served < 40);
	assert_int_equal(sig, SIGTERM);
	waiter_free(w);
}

/* Where reports take longer than that, looking for them costs next to nothing. */
static void in_vain_it_is_looked_for_less_and_less(void **state)
{
	static struct fake f;
	struct waiter *w = spins(&f, 2);
	struct kstatus ks;
	int sig;
	(void)state;

	unsigned long asked = f.asked;
	for (unsigned i = 0; i < 1000; i++) {
		f.soon = 1;
		f.soon_at = f.now + 1000000;
		while (waiter_next(w, &ks, QUIET, &sig) == 0)
			;
	}
	/* Each spin is SPIN looks of the fake clock, half of them questions; without a rest there were a thousand. */
	assert_within((f.asked - asked) / (SPIN / 2), 1, 30);
	waiter_free(w);
}

/* With many tracees it is who went on last that is looked for, and the others have their turn all the same. */
static void beside_many_it_is_looked_for_who_went_on_last(void **state)
{
	static struct fake f;
	struct waiter *w = spins(&f, 100);
	struct kstatus ks = { 0 };
	int sig;
	unsigned served = 0;
	(void)state;

	unsigned long sleeps = f.sleeps;
	for (unsigned i = 0; i < 320; i++) {
		f.soon = 7;
		f.soon_at = f.now + SPIN / 2;
		waiter_resumed(w, 7);
		while (waiter_next(w, &ks, QUIET, &sig) == 0)
			;
		assert_int_equal(ks.tid, 7);
	}
	assert_within(f.sleeps - sleeps, 1, 320 / 5);
	report(&f, 50, 1);
	do {
		f.soon = 7;
		f.soon_at = f.now + SPIN / 2;
		waiter_resumed(w, 7);
		while (waiter_next(w, &ks, QUIET, &sig) == 0)
			;
	} while (ks.tid == 7 && ++served < 1000);
	assert_int_equal(ks.tid, 50);
	assert_true(served <= 100);
	waiter_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_of_many_coalesced_reports_is_found),
		cmocka_unit_test(a_stranger_is_found_by_the_walk),
		cmocka_unit_test(of_hundreds_none_waits_for_a_nap),
		cmocka_unit_test(a_busy_task_does_not_starve_the_others),
		cmocka_unit_test(beside_busy_tasks_the_others_wait_for_a_moment),
		cmocka_unit_test(whom_no_signal_named_is_found_before_a_sleep),
		cmocka_unit_test(of_hundreds_the_eldest_has_his_turn),
		cmocka_unit_test(a_child_comes_right_behind_its_creator),
		cmocka_unit_test(what_is_given_back_comes_first),
		cmocka_unit_test(beside_many_that_report_another_signal_is_heard),
		cmocka_unit_test(ping_pong_beside_thousands_costs_little),
		cmocka_unit_test(the_dead_are_not_asked_again),
		cmocka_unit_test(a_tid_that_went_without_a_report_is_forgotten),
		cmocka_unit_test(another_signal_ends_the_wait),
		cmocka_unit_test(a_few_are_waited_for_without_signals),
		cmocka_unit_test(behind_a_lone_report_nobody_is_looked_for),
		cmocka_unit_test(of_a_few_busy_tasks_none_starves),
		cmocka_unit_test(what_stopped_while_no_signal_told_is_found_before_a_sleep),
		cmocka_unit_test(more_than_a_few_are_asked_again_when_no_signal_told),
		cmocka_unit_test(another_signal_ends_the_blocking_wait),
		cmocka_unit_test(what_comes_within_moments_is_looked_for_and_not_slept_for),
		cmocka_unit_test(in_vain_it_is_looked_for_less_and_less),
		cmocka_unit_test(beside_many_it_is_looked_for_who_went_on_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

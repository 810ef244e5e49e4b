/* SPDX-License-Identifier: MIT */
/* Each verdict fires on its numbers, and not on those just below. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <thrtrace/census.h>

#define MS      1000000ULL
#define THREADS 1200

static struct census_task task[THREADS];
static struct census c;
static char said[4096]; /* "id: text\n" of each */

/* n threads, of which each had so much of a CPU and of the queue within 200 ms. */
static void process_of(size_t n, char state, double cpu_ms, double wait_ms)
{
	memset(task, 0, sizeof(task));
	c = (struct census){ .pid = 1, .task = task, .n = n, .begin_ns = 0, .end_ns = 200 * MS };
	c.machine = (struct census_machine){ .cpus = 2, .throttled = { UINT64_MAX, UINT64_MAX } };
	for (size_t i = 0; i < n; i++) {
		struct census_task *t = &task[i];
		*t = (struct census_task){ .tid = (pid_t)(10 + i), .tid_inside = (pid_t)(10 + i), .state = state };
		snprintf(t->comm, sizeof(t->comm), "w%u", (unsigned)i);
		t->was = (struct census_account){ .t_ns = 1, .cpu_ns = 1, .wait_ns = 1, .turns = 1, .split = true };
		t->is = t->was;
		t->is.t_ns += 200 * MS;
		t->is.cpu_ns += (uint64_t)(cpu_ms * (double)MS);
		t->is.wait_ns += (uint64_t)(wait_ms * (double)MS);
		t->is.turns += cpu_ms > 0;
	}
}

static void note(void *ctx, const char *id, const char *text)
{
	size_t len = strlen(said);

	(void)ctx;
	snprintf(said + len, sizeof(said) - len, "%s: %s\n", id, text);
}

static bool has(const char *text)
{
	said[0] = '\0';
	assert_int_equal(census_verdicts(&c, note, NULL), 0);
	return strstr(said, text);
}

static void a_calm_process_has_none(void **state)
{
	(void)state;
	process_of(50, 'S', 0.1, 0);
	has("");
	assert_string_equal(said, "");
	process_of(0, 'S', 0, 0);
	has("");
	assert_string_equal(said, "");
}

static void a_crowd_is_held_against_the_cpus(void **state)
{
	(void)state;
	process_of(200, 'R', 2, 198);
	c.machine.base_slice_ns = 3 * MS;
	assert_true(has(
		"crowded: 200.0 threads want to run at any time (2.0 on a CPU, 198.0 waiting for one), and there are 2 "
		"CPUs: each gets 1.0 % of one. At this kernel's base slice of 3.0 ms one that has run waits 297 ms for "
		"its next turn"));
	process_of(2, 'R', 200, 0);
	assert_false(has("crowded"));
	process_of(3, 'R', 133, 67); /* half as many again, but no more than one of them waits */
	assert_true(has("crowded: 3.0 threads"));
	process_of(4, 'R', 50, 0);
	assert_false(has("crowded"));
	process_of(4, 'R', 50, 150);
	c.machine.quota_ns = 50 * MS;
	c.machine.period_ns = 100 * MS;
	assert_true(has("0.5 CPUs (cpu.max: 50 ms of each 100): each gets 25.0 % of one"));
	process_of(8, 'R', 25, 175);
	for (size_t i = 0; i < c.n; i++)
		strcpy(task[i].affinity, "1");
	assert_true(has("there are 1 CPU:"));
}

static void who_has_a_whole_cpu_is_named(void **state)
{
	(void)state;
	process_of(2, 'R', 199.8, 0.2);
	assert_true(has("busy: 2 threads had a CPU for 90 % of the time or more, and did not wait: 10 w0 99.9 %, 11 w1 "
			"99.9 %\n"));
	process_of(2, 'R', 170, 0);
	assert_false(has("busy"));
	process_of(1, 'R', 20, 0); /* one tick of a short look */
	task[0].is.t_ns = 20 * MS;
	assert_false(has("busy"));
}

static void switches_are_counted_by_kind(void **state)
{
	(void)state;
	process_of(10, 'R', 1, 1);
	for (size_t i = 0; i < c.n; i++) {
		task[i].is.involuntary = 18;
		task[i].is.voluntary = 2;
	}
	assert_true(has("pushed off: 900 of 1000 switches a second (90 %) are involuntary"));
	for (size_t i = 0; i < c.n; i++)
		task[i].is.voluntary = 20;
	assert_false(has("pushed off"));
}

static void switches_are_weighed(void **state)
{
	(void)state;
	process_of(10, 'S', 1, 0);
	for (size_t i = 0; i < c.n; i++)
		task[i].is.voluntary = 2000; /* 100,000 a second */
	assert_false(has("switching"));
	c.machine.switch_ns = 3600;
	assert_true(has("switching: 100000 switches a second at 3.6 us each, as a pipe between two threads takes on "
			"this machine "
			"now, are up to 18 % of the 2 CPUs"));
	c.machine.switch_ns = 1900;
	assert_false(has("switching"));
}

static void throttling_is_counted(void **state)
{
	(void)state;
	process_of(1, 'S', 0, 0);
	c.machine.throttled[0] = 5;
	c.machine.throttled[1] = 7;
	assert_true(has("throttled: its cgroup was stopped 2 times within 200 ms"));
	c.machine.throttled[1] = 5;
	assert_false(has("throttled"));
}

static void thousands_that_sleep_are_weighed(void **state)
{
	(void)state;
	process_of(1200, 'S', 0, 0);
	for (size_t i = 0; i < c.n; i++) {
		task[i].reserved = 1 << 20;
		task[i].touched = 4096;
		task[i].stack_known = task[i].touched_known = true;
	}
	c.machine.kernel_stack = 16384;
	assert_true(has("asleep: 1200 of 1200 threads did not run within 200 ms; they hold 1.2 GiB of address space, "
			"4.7 MiB of "
			"memory in stacks and 18.8 MiB in the kernel's stacks"));
	process_of(900, 'S', 0, 0);
	assert_false(has("asleep"));
}

static void growth_is_births_without_ends(void **state)
{
	(void)state;
	process_of(100, 'S', 0, 0);
	c.born = 30;
	assert_true(has("grows: 30 threads were born within 200 ms and none ended; there are 100"));
	c.ended = 1;
	assert_false(has("grows"));
}

static void one_owner_of_what_most_wait_for(void **state)
{
	(void)state;
	process_of(50, 'S', 0, 0);
	for (size_t i = 1; i < 40; i++) {
		task[i].lock = (struct census_lock){ .kind = WAIT_MUTEX, .at = 0x7f10, .owner = 10 };
		strcpy(task[i].place, "mutex that has 10 w0");
	}
	strcpy(task[0].place, "epoll_wait");
	assert_true(has("one owner: 39 of 50 threads wait for a lock that 10 w0 has, as the one at 0x7f10; where that "
			"one is: epoll_wait"));
	for (size_t i = 20; i < 40; i++) {
		task[i].lock = (struct census_lock){ .kind = WAIT_NONE };
		task[i].place[0] = '\0';
	}
	assert_false(has("one owner"));
}

static void a_deadlock_names_its_locks(void **state)
{
	(void)state;
	process_of(3, 'S', 0, 0);
	task[0].lock = (struct census_lock){ .kind = WAIT_MUTEX, .at = 0x7f10, .owner = 11, .steady = true };
	task[1].lock = (struct census_lock){ .kind = WAIT_MUTEX, .at = 0x7f20, .owner = 10, .steady = true };
	assert_true(has("deadlock: 10 \"w0\" waits for the mutex at 0x7f10 held by 11 \"w1\", which waits for the "
			"mutex at 0x7f20 held by 10"));
	task[1].lock.owner = 11;
	assert_true(has("deadlock: 11 \"w1\" waits for the mutex at 0x7f20 held by 11, that is itself"));
	task[1].lock.steady = false;
	assert_false(has("deadlock"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_calm_process_has_none),
		cmocka_unit_test(a_crowd_is_held_against_the_cpus),
		cmocka_unit_test(who_has_a_whole_cpu_is_named),
		cmocka_unit_test(switches_are_counted_by_kind),
		cmocka_unit_test(switches_are_weighed),
		cmocka_unit_test(throttling_is_counted),
		cmocka_unit_test(thousands_that_sleep_are_weighed),
		cmocka_unit_test(growth_is_births_without_ends),
		cmocka_unit_test(one_owner_of_what_most_wait_for),
		cmocka_unit_test(a_deadlock_names_its_locks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "calltest.h"

static void cpusets_are_shown_as_ranges(void **state)
{
	unsigned char mask[256] = { 0x3d };
	struct fakemem m = { .n = 0 };
	struct call c;
	(void)state;

	fakemem_add(&m, 0x1000, mask, sizeof(mask));
	CALLTEST_DECODE(&c, "x86_64", "sched_setaffinity", &m, 0, 128, 0x1000);
	calltest_shows(&c, "sched_setaffinity(0, 128, [0 2-5])");
	mask[0] = 0xc0;
	mask[1] = 0x01;
	mask[127] = 0xc0;
	CALLTEST_DECODE(&c, "x86_64", "sched_setaffinity", &m, 7, 128, 0x1000);
	calltest_shows(&c, "sched_setaffinity(7, 128, [6-8 1022 1023])");
	CALLTEST_DECODE(&c, "x86_64", "sched_setaffinity", &m, 7, 256, 0x1000);
	assert_int_equal(c.defects, 0);
	calltest_shows(&c, "sched_setaffinity(7, 256, [6-8 1022 1023 ...])");
	CALLTEST_DECODE(&c, "x86_64", "sched_setaffinity", &m, 7, 8, 0x1010);
	calltest_shows(&c, "sched_setaffinity(7, 8, [])");
	CALLTEST_DECODE(&c, "x86_64", "sched_setaffinity", &m, 7, 0, 8);
	calltest_shows(&c, "sched_setaffinity(7, 0, [])");
}

static void cpusets_that_cannot_be_read_are_told(void **state)
{
	const unsigned char mask[4] = { 1 };
	struct fakemem m = { .n = 0 };
	struct call c;
	(void)state;

	fakemem_add(&m, 0x1000, mask, sizeof(mask));
	CALLTEST_DECODE(&c, "x86_64", "sched_setaffinity", &m, 0, 128, 0x1000);
	assert_int_equal(c.defects, CALL_ARGS_SHORT);
	calltest_shows(&c, "sched_setaffinity(0, 128, [0 ...])");
	CALLTEST_DECODE(&c, "x86_64", "sched_setaffinity", &m, 0, UINT64_MAX, 8);
	assert_int_equal(c.defects, CALL_ARGS_UNREAD);
	calltest_shows(&c, "sched_setaffinity(0, 18446744073709551615, 0x8)");
}

static void setscheduler_shows_policy_and_priority(void **state)
{
	const int32_t priority = 10;
	struct fakemem m = { .n = 0 };
	struct call c;
	(void)state;

	fakemem_add(&m, 0x1000, &priority, sizeof(priority));
	CALLTEST_DECODE(&c, "x86_64", "sched_setscheduler", &m, 42, 0x40000001, 0x1000);
	calltest_shows(&c, "sched_setscheduler(42, SCHED_FIFO|SCHED_RESET_ON_FORK, {sched_priority=10})");
	CALLTEST_DECODE(&c, "x86_64", "sched_setscheduler", &m, 42, 99, 8);
	calltest_shows(&c, "sched_setscheduler(42, 0x63 /* SCHED_??? */, 0x8)");
	CALLTEST_DECODE(&c, "x86_64", "sched_setscheduler", &m, 42, 0, 0);
	assert_int_equal(c.defects, 0);
	calltest_shows(&c, "sched_setscheduler(42, SCHED_OTHER, NULL)");
}

static void setattr_shows_the_struct(void **state)
{
	const uint64_t attr[6] = { 6ULL << 32 | 48, 1, 5ULL << 32 | (uint32_t)-3, 1000, 2000, 3000 };
	struct fakemem m = { .n = 0 };
	struct call c;
	(void)state;

	fakemem_add(&m, 0x1000, attr, sizeof(attr));
	CALLTEST_DECODE(&c, "x86_64", "sched_setattr", &m, 0, 0x1000, 0);
	assert_int_equal(c.u.sched.deadline_ns, 2000);
	calltest_shows(&c,
		"sched_setattr(0, {sched_policy=SCHED_DEADLINE, sched_flags=SCHED_FLAG_RESET_ON_FORK, sched_nice=-3, "
		"sched_priority=5, sched_runtime=1000, sched_deadline=2000, sched_period=3000}, 0)");
	CALLTEST_DECODE(&c, "x86_64", "sched_setattr", &m, 0, 0x1008, 0);
	assert_int_equal(c.defects, CALL_ARGS_UNREAD);
	calltest_shows(&c, "sched_setattr(0, 0x1008, 0)");
}

static void setpriority_names_what_who_means(void **state)
{
	struct call c;
	(void)state;

	CALLTEST_DECODE(&c, "x86_64", "setpriority", NULL, 0, 4127, (uint64_t)-5);
	calltest_shows(&c, "setpriority(PRIO_PROCESS, 4127, -5)");
	CALLTEST_DECODE(&c, "x86_64", "setpriority", NULL, 9, 0, 5);
	calltest_shows(&c, "setpriority(0x9 /* PRIO_??? */, 0, 5)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cpusets_are_shown_as_ranges),
		cmocka_unit_test(cpusets_that_cannot_be_read_are_told),
		cmocka_unit_test(setscheduler_shows_policy_and_priority),
		cmocka_unit_test(setattr_shows_the_struct),
		cmocka_unit_test(setpriority_names_what_who_means),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

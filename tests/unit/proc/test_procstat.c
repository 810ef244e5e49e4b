/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include <thrtrace/procstat.h>

#define TO_START "S 1 2 3 4 5 4194304 7 8 9 10 11 12 13 14 20 0 1 0 54321"
#define TO_EXIT  " 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 1792\n"

static void a_line_gives_its_fields(void **state)
{
	struct procstat s;
	(void)state;

	assert_int_equal(procstat_parse(&s, "17 (worker) " TO_START TO_EXIT), 0);
	assert_string_equal(s.comm, "worker");
	assert_int_equal(s.state, 'S');
	assert_int_equal(s.flags, 4194304);
	assert_int_equal(s.start_ticks, 54321);
	assert_true(s.exit_code_known);
	assert_int_equal(s.exit_code, 7 << 8);
}

static void a_name_may_hold_anything(void **state)
{
	struct procstat s;
	(void)state;

	assert_int_equal(procstat_parse(&s, "17 (a) Z (b) " TO_START TO_EXIT), 0);
	assert_string_equal(s.comm, "a) Z (b");
	assert_int_equal(s.state, 'S');
	assert_int_equal(procstat_parse(&s, "17 (kworker/u8:3-events_unbound) " TO_START TO_EXIT), 0);
	assert_string_equal(s.comm, "kworker/u8:3-ev");
	assert_int_equal(procstat_parse(&s, "17 () " TO_START TO_EXIT), 0);
	assert_string_equal(s.comm, "");
}

static void a_shorter_line_has_no_exit_code(void **state)
{
	struct procstat s;
	(void)state;

	assert_int_equal(procstat_parse(&s, "17 (x) " TO_START "\n"), 0);
	assert_false(s.exit_code_known);
}

static void what_is_no_such_line_is_refused(void **state)
{
	static const char *const texts[] = { "", "17", "17 (x)", "17 (x) ", "17 )x( S 1", "17 (x) S 1 2 3" };
	struct procstat s = { .state = 'q' };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(procstat_parse(&s, texts[i]), -EINVAL);
	assert_int_equal(s.state, 'q'); /* untouched */
}

static void a_sleeper_tells_its_call(void **state)
{
	struct procsyscall s;
	(void)state;

	assert_int_equal(procsyscall_parse(&s, "232 0x4 0x7f 0x1 0xbb8 0x0 0x8 0x7ffd12345678 0x7f0011223344\n"), 0);
	assert_true(s.asleep);
	assert_int_equal(s.nr, 232);
	assert_int_equal(s.arg[0], 4);
	assert_int_equal(s.arg[5], 8);
	assert_int_equal(s.sp, 0x7ffd12345678);
	assert_int_equal(s.pc, 0x7f0011223344);
	assert_int_equal(procsyscall_parse(&s, "-1 0x7ffd12345678 0x7f0011223344\n"), 0); /* a page fault */
	assert_true(s.asleep);
	assert_int_equal(s.nr, -1);
	assert_int_equal(s.sp, 0x7ffd12345678);
}

static void who_runs_tells_nothing(void **state)
{
	struct procsyscall s;
	(void)state;

	assert_int_equal(procsyscall_parse(&s, "running\n"), 0);
	assert_false(s.asleep);
}

static void half_a_line_is_refused(void **state)
{
	static const char *const texts[] = { "", "x", "232", "232 0x4 0x7f", "-1 0x1", "-1 ",
		"232 0x0 0x0 0x0 0x0 0x0 0x0 0x1" };
	struct procsyscall s;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(procsyscall_parse(&s, texts[i]), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_gives_its_fields),
		cmocka_unit_test(a_name_may_hold_anything),
		cmocka_unit_test(a_shorter_line_has_no_exit_code),
		cmocka_unit_test(what_is_no_such_line_is_refused),
		cmocka_unit_test(a_sleeper_tells_its_call),
		cmocka_unit_test(who_runs_tells_nothing),
		cmocka_unit_test(half_a_line_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

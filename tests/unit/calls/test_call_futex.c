/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include "calltest.h"

#define TS 0x5000

static void waits_show_their_timeout(void **state)
{
	const int64_t ts[2] = { 1, 500 };
	const int32_t narrow[2] = { 2, 600 };
	struct fakemem m = { .n = 0 }, m32 = { .n = 0 };
	struct call c;
	(void)state;

	fakemem_add(&m, TS, ts, sizeof(ts));
	fakemem_add(&m32, TS, narrow, sizeof(narrow));
	CALLTEST_DECODE(&c, "x86_64", "futex", &m, 0x10, 128, 2, TS, 0x99, 0x77);
	calltest_shows(&c, "futex(0x10, FUTEX_WAIT_PRIVATE, 2, {tv_sec=1, tv_nsec=500})");
	CALLTEST_DECODE(&c, "i386", "futex", &m32, 0x10, 0, 2, TS);
	calltest_shows(&c, "futex(0x10, FUTEX_WAIT, 2, {tv_sec=2, tv_nsec=600})");
	CALLTEST_DECODE(&c, "x86_64", "futex", &m, 0x10, 0, 2, 0x6000);
	assert_int_equal(c.defects, CALL_ARGS_UNREAD);
	calltest_shows(&c, "futex(0x10, FUTEX_WAIT, 2, 0x6000)");
	CALLTEST_DECODE(&c, "x86_64", "futex", NULL, 0x10, 6, 2, 0);
	calltest_shows(&c, "futex(0x10, FUTEX_LOCK_PI, NULL)");
	CALLTEST_DECODE(&c, "x86_64", "futex", NULL, 0x10, 11, 2, 0, 0x20);
	calltest_shows(&c, "futex(0x10, FUTEX_WAIT_REQUEUE_PI, 2, NULL, 0x20)");
	/* Linux 7.2: the word is unlocked, and the robust list's pending entry, at 0x20, cleared in the same call. */
	CALLTEST_DECODE(&c, "x86_64", "futex", NULL, 0x10, 1 | 128 | 512, 1, 0, 0x20);
	calltest_shows(&c, "futex(0x10, FUTEX_WAKE_PRIVATE|FUTEX_ROBUST_UNLOCK, 1, 0x20)");
	CALLTEST_DECODE(&c, "x86_64", "futex", NULL, 0x10, 7 | 512 | 1024, 1, 0, 0x20);
	calltest_shows(&c, "futex(0x10, FUTEX_UNLOCK_PI|FUTEX_ROBUST_UNLOCK|FUTEX_ROBUST_LIST32, 0x20)");
}

static void futex_time64_is_the_same_call_with_another_timeout(void **state)
{
	const int64_t ts[2] = { 1, 500 };
	struct fakemem m = { .n = 0 };
	uint64_t arg[CALL_ARGS] = { 0x10, 0, 2, TS };
	struct mem mem = fakemem_mem(&m);
	struct call c;
	(void)state;

	fakemem_add(&m, TS, ts, sizeof(ts));
	call_decode(&c, abi_by_name("i386"), 422, arg, &mem);
	assert_int_equal(c.id, CALL_futex);
	assert_string_equal(call_name(&c), "futex_time64");
	calltest_shows(&c, "futex_time64(0x10, FUTEX_WAIT, 2, {tv_sec=1, tv_nsec=500})");
	call_decode(&c, abi_by_name("x86_64"), 422, arg, &mem);
	assert_int_equal(c.id, CALL_OTHER);
	assert_null(call_name(&c));
}

static void join_reads_as_in_strace(void **state)
{
	struct call c;
	(void)state;

	CALLTEST_DECODE(&c, "x86_64", "futex", NULL, 0x7f3a8bef8990, 0x109, 4127, 0, 0, 0xffffffff);
	calltest_shows(&c,
		"futex(0x7f3a8bef8990, FUTEX_WAIT_BITSET|FUTEX_CLOCK_REALTIME, 4127, NULL, FUTEX_BITSET_MATCH_ANY)");
	assert_int_equal(call_arg_count(&c), 5);
	assert_string_equal(call_arg_name(&c, 4), "val3");
	assert_string_equal(call_arg_name(&c, 9), "");
	assert_int_equal(call_arg_value(&c, 9), 0);
	CALLTEST_DECODE(&c, "x86_64", "futex", NULL, 0x10, 0x189, 1, 0, 0, 12);
	calltest_shows(&c, "futex(0x10, FUTEX_WAIT_BITSET_PRIVATE|FUTEX_CLOCK_REALTIME, 1, NULL, 0xc)");
}

static void wakes_have_no_timeout(void **state)
{
	struct call c;
	(void)state;

	CALLTEST_DECODE(&c, "x86_64", "futex", NULL, 0x10, 129, 0x17fffffff, 0x5000);
	assert_int_equal(c.defects, 0);
	calltest_shows(&c, "futex(0x10, FUTEX_WAKE_PRIVATE, 2147483647)");
	CALLTEST_DECODE(&c, "x86_64", "futex", NULL, 0x10, 7, 1, 2, 3, 4);
	calltest_shows(&c, "futex(0x10, FUTEX_UNLOCK_PI)");
	CALLTEST_DECODE(&c, "x86_64", "futex", NULL, 0x10, 3, 1, 2, 0x30, 4);
	calltest_shows(&c, "futex(0x10, FUTEX_REQUEUE, 1, 2, 0x30)");
	assert_string_equal(call_arg_name(&c, 3), "val2");
	CALLTEST_DECODE(&c, "x86_64", "futex", NULL, 0x10, 4, 1, 2, 0x30, 4);
	calltest_shows(&c, "futex(0x10, FUTEX_CMP_REQUEUE, 1, 2, 0x30, 4)");
}

static void wake_op_is_taken_apart(void **state)
{
	struct call c;
	(void)state;

	CALLTEST_DECODE(&c, "x86_64", "futex", NULL, 0x10, 133, 5, 1, 0x20, 0x31002003);
	calltest_shows(&c,
		"futex(0x10, FUTEX_WAKE_OP_PRIVATE, 5, 1, 0x20, FUTEX_OP_ANDN<<28|0x2<<12|FUTEX_OP_CMP_NE<<24|0x3)");
	CALLTEST_DECODE(&c, "x86_64", "futex", NULL, 0x10, 5, 5, 1, 0x20, 0xff000000);
	calltest_shows(&c,
		"futex(0x10, FUTEX_WAKE_OP, 5, 1, 0x20, "
		"FUTEX_OP_OPARG_SHIFT<<28|0x7<<28 /* FUTEX_OP_??? */|0<<12|0xf<<24 /* FUTEX_OP_CMP_??? */|0)");
}

static void unknown_operation_shows_everything(void **state)
{
	struct call c;
	(void)state;

	CALLTEST_DECODE(&c, "x86_64", "futex", NULL, 0x10, 0x4f, 5, 1, 0x20, 6);
	calltest_shows(&c, "futex(0x10, 0x4f /* FUTEX_??? */, 5, 0x1, 0x20, 0x6)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_show_their_timeout),
		cmocka_unit_test(futex_time64_is_the_same_call_with_another_timeout),
		cmocka_unit_test(join_reads_as_in_strace),
		cmocka_unit_test(wakes_have_no_timeout),
		cmocka_unit_test(wake_op_is_taken_apart),
		cmocka_unit_test(unknown_operation_shows_everything),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

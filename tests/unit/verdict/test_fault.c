/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <string.h>

#include <thrtrace/fault.h>

/* A 64 KiB stack at 0x10000000 with a page of guard below. */
static struct fault_facts facts(taddr addr, taddr sp)
{
	return (struct fault_facts){
		.sig = SIGSEGV,
		.code = SEGV_ACCERR,
		.addr = addr,
		.pc = 0x400000,
		.sp = sp,
		.own_known = true,
		.own = { .low = 0x10000000,
			.high = 0x10010000,
			.guard_low = 0xffff000,
			.guard_bytes = 4096,
			.label = 1 },
	};
}

static void overflow_into_the_guard_says_how_far(void **state)
{
	struct fault_facts f = facts(0x10000000 - 8, 0x10000000 - 8);
	struct fault_verdict v;
	(void)state;

	fault_judge(&f, &v);
	assert_int_equal(v.kind, FAULT_GUARD);
	assert_int_equal(v.past, 8);
	assert_string_equal(
		v.text, "stack overflow: the fault is 8 bytes into its guard of 4 KiB; its stack is 64 KiB");
}

static void jump_past_the_guard_is_told_from_a_wild_pointer(void **state)
{
	struct fault_facts f = facts(0x10000000 - (1 << 20), 0x10000000 - (1 << 20) - 64);
	struct fault_verdict v;
	(void)state;

	f.code = SEGV_MAPERR;
	fault_judge(&f, &v);
	assert_int_equal(v.kind, FAULT_JUMPED_GUARD);
	f.sp = 0x10008000; /* sp is where it should be: the address alone is wrong */
	fault_judge(&f, &v);
	assert_int_equal(v.kind, FAULT_NONE);
	assert_string_equal(v.text, "");
}

static void jump_into_another_stacks_guard_names_its_owner(void **state)
{
	struct fault_area other = {
		.low = 0xfe00000, .high = 0xff00000, .guard_low = 0xfdff000, .guard_bytes = 4096, .label = 7
	};
	struct fault_facts f = facts(0xfdff800, 0xfdff700);
	struct fault_verdict v;
	(void)state;

	f.other = &other;
	f.n_other = 1;
	fault_judge(&f, &v);
	assert_int_equal(v.kind, FAULT_JUMPED_GUARD);
	assert_non_null(strstr(v.text, "it hit T7's"));
}

static void old_stack_and_dead_tls_are_named(void **state)
{
	struct fault_area old = { .low = 0x20000000, .high = 0x20100000, .label = 3 };
	struct fault_area tls = { .low = 0x20100000, .high = 0x20101000, .label = 3 };
	struct fault_facts f = facts(0x200fff00, 0x10008000);
	struct fault_verdict v;
	(void)state;

	f.code = SEGV_MAPERR;
	f.old = &old;
	f.n_old = 1;
	f.tls = &tls;
	f.n_tls = 1;
	fault_judge(&f, &v);
	assert_int_equal(v.kind, FAULT_OLD_STACK);
	assert_int_equal(v.whose, 3);
	f.addr = 0x20100010;
	fault_judge(&f, &v);
	assert_int_equal(v.kind, FAULT_DEAD_TLS);
}

static void null_calls_and_null_pointers_differ(void **state)
{
	struct fault_facts f = facts(0, 0x10008000);
	struct fault_verdict v;
	(void)state;

	f.code = SEGV_MAPERR;
	fault_judge(&f, &v);
	assert_int_equal(v.kind, FAULT_NULL_POINTER);
	f.pc = 0;
	fault_judge(&f, &v);
	assert_int_equal(v.kind, FAULT_NULL_CALL);
}

static void main_stack_at_its_limit_is_an_overflow(void **state)
{
	struct fault_facts f = facts(0xffffff8, 0xffffff8);
	struct fault_verdict v;
	(void)state;

	f.own_grows = true;
	f.own.guard_bytes = 0;
	fault_judge(&f, &v);
	assert_int_equal(v.kind, FAULT_STACK_LIMIT);
}

static void sent_signals_are_not_judged(void **state)
{
	struct fault_facts f = facts(0x10000000 - 8, 0x10000000 - 8);
	struct fault_verdict v;
	(void)state;

	f.code = SI_USER;
	fault_judge(&f, &v);
	assert_int_equal(v.kind, FAULT_NONE);
	f.code = SI_KERNEL;
	fault_judge(&f, &v);
	assert_int_equal(v.kind, FAULT_NONE);
	f.code = SEGV_ACCERR;
	f.sig = SIGABRT;
	fault_judge(&f, &v);
	assert_int_equal(v.kind, FAULT_NONE);
}

static void recursion_is_found_with_its_period(void **state)
{
	static struct backtrace bt;
	struct recursion r;
	(void)state;

	bt.frame[bt.n++].pc = 1;
	for (int i = 0; i < 10; i++) {
		bt.frame[bt.n++].pc = 100;
		bt.frame[bt.n++].pc = 200;
	}
	bt.frame[bt.n++].pc = 3;
	assert_true(backtrace_recursion(&bt, &r));
	assert_int_equal(r.first, 1);
	assert_int_equal(r.period, 2);
	assert_int_equal(r.times, 10);
	assert_false(r.to_the_end);
	bt.n = 3;
	assert_false(backtrace_recursion(&bt, &r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(overflow_into_the_guard_says_how_far),
		cmocka_unit_test(jump_past_the_guard_is_told_from_a_wild_pointer),
		cmocka_unit_test(jump_into_another_stacks_guard_names_its_owner),
		cmocka_unit_test(old_stack_and_dead_tls_are_named),
		cmocka_unit_test(null_calls_and_null_pointers_differ),
		cmocka_unit_test(main_stack_at_its_limit_is_an_overflow),
		cmocka_unit_test(sent_signals_are_not_judged),
		cmocka_unit_test(recursion_is_found_with_its_period),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

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

static void judged_as(const struct fault_facts *f, enum fault_kind kind, const char *text)
{
	struct fault_verdict v;

	fault_judge(f, &v);
	assert_int_equal(v.kind, kind);
	assert_string_equal(v.text, text);
}

/* Where the guard was there is nothing any more, or what can be written. */
static void a_guard_that_is_gone_caught_nothing(void **state)
{
	static const char *const text =
		"stack overflow: the fault is 8 bytes below its stack of 64 KiB, which has no guard";
	struct fault_facts f = facts(0x10000000 - 8, 0x10000000);
	(void)state;

	f.at = PLACE_GUARD;
	judged_as(&f, FAULT_GUARD, "stack overflow: the fault is 8 bytes into its guard of 4 KiB; its stack is 64 KiB");
	f.code = SEGV_MAPERR;
	f.at = PLACE_NOTHING;
	judged_as(&f, FAULT_NO_GUARD, text);
	f.own.guard_bytes = 0;
	judged_as(&f, FAULT_NO_GUARD, text);
	f.own.guard_low = 0;
	f.sp = 0x10008000; /* an address below the stack is no overflow while sp is in the middle of it */
	judged_as(&f, FAULT_NONE, "");
}

/* A fiber's stack lies below the thread's: sp and the fault are far below the guard, which nobody has jumped. */
static void an_overflow_is_told_of_what_it_ran_on(void **state)
{
	struct fault_facts f = facts(0xf000ff8, 0xf001000);
	(void)state;

	f.at = PLACE_GUARD;
	f.sp_elsewhere = true;
	f.sp_area =
		(struct fault_area){ .low = 0xf001000, .high = 0xf010000, .guard_low = 0xf000000, .guard_bytes = 4096 };
	judged_as(&f, FAULT_OTHER_GUARD,
		"overflow of another stack than its own: it ran on 0xf001000-0xf010000, a fiber's or a signal "
		"handler's, and the fault is 8 bytes into the guard of 4 KiB below it");
	f.sp_area.guard_bytes = 0;
	f.at = PLACE_NOTHING;
	judged_as(&f, FAULT_OTHER_GUARD,
		"overflow of another stack than its own: it ran on 0xf001000-0xf010000, a fiber's or a signal "
		"handler's, and the fault is 8 bytes below it; it has no guard");
}

static void what_to_do_is_what_the_frames_show(void **state)
{
	struct fault_facts f = facts(0x10000000 - 8, 0x10000000 - 8);
	struct fault_verdict v;
	(void)state;

	f.frames_known = true;
	fault_judge(&f, &v);
	assert_string_equal(v.repair,
		"smaller local arrays (its frames show no recursion), or a larger stack: pthread_attr_setstacksize");
	f.recurses = true;
	fault_judge(&f, &v);
	assert_string_equal(
		v.repair, "less depth or smaller local arrays, or a larger stack: pthread_attr_setstacksize");
	f.handled = true;
	fault_judge(&f, &v);
	assert_non_null(strstr(v.text, "; the program has a handler for it"));
}

static void a_return_to_nothing_is_no_call(void **state)
{
	struct fault_facts f = facts(0, 0x10008000);
	(void)state;

	f.code = SEGV_MAPERR;
	f.pc = 0;
	f.way = WAY_RETURN;
	judged_as(&f, FAULT_EMPTY_RETURN, "return to 0: its stack held no address to return to");
	f.way = WAY_LINK;
	judged_as(&f, FAULT_EMPTY_RETURN, "return to 0: its link register held no address to return to");
	f.way = WAY_CALL;
	judged_as(&f, FAULT_NULL_CALL, "call through a null function pointer (pc is 0)");
}

static void what_was_unmapped_is_named(void **state)
{
	struct fault_facts f = facts(0x10008000, 0x10008000);
	(void)state;

	f.code = SEGV_MAPERR;
	f.at = PLACE_NOTHING;
	f.gone_module = "plugin.so"; /* that of pc, which is another address */
	judged_as(&f, FAULT_GONE_STACK, "its own stack is no longer mapped: it was unmapped while the thread lived");
	f.unmapped_by = 1;
	judged_as(&f, FAULT_GONE_STACK,
		"its own stack is no longer mapped: it was unmapped while the thread lived, by T0");
	f.addr = f.pc = 0x30000000;
	judged_as(&f, FAULT_GONE_CODE, "it ran code of plugin.so, which is no longer mapped");
	f.at = PLACE_READ_ONLY;
	judged_as(&f, FAULT_NONE, "");
	f = facts(0, 0x10008000); /* the kernel can't write a signal's frame, or the rseq area */
	f.code = SI_KERNEL;
	f.at = PLACE_NOTHING;
	judged_as(&f, FAULT_GONE_STACK, "its own stack is no longer mapped: it was unmapped while the thread lived");
	f.at = PLACE_WRITABLE;
	judged_as(&f, FAULT_NONE, "");
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
		cmocka_unit_test(a_guard_that_is_gone_caught_nothing),
		cmocka_unit_test(an_overflow_is_told_of_what_it_ran_on),
		cmocka_unit_test(what_to_do_is_what_the_frames_show),
		cmocka_unit_test(a_return_to_nothing_is_no_call),
		cmocka_unit_test(what_was_unmapped_is_named),
		cmocka_unit_test(recursion_is_found_with_its_period),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

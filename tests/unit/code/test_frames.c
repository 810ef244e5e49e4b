/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <thrtrace/event.h>
#include <thrtrace/tables.h>

static void shows(const struct frame *f, const char *text)
{
	struct outbuf b;

	outbuf_init(&b, 4096);
	frame_format(&b, f);
	assert_string_equal(outbuf_str(&b), text);
	outbuf_release(&b);
}

static void names(const char *symbol, const char *text)
{
	shows(&(struct frame){ .pc = 1, .symbol = symbol }, text);
}

static void parameters_are_left_out_and_the_rest_is_kept(void **state)
{
	(void)state;
	names("main", "main");
	names("f(int)", "f");
	names("a::f(std::function<void (int)>, long) const", "a::f");
	names("a::operator()(int) const", "a::operator()");
	names("a::operator()", "a::operator()");
	names("make_one(int)::{lambda()#1}", "make_one(int)::{lambda()#1}");
	names("core::ops::function::FnOnce::call_once{{vtable.shim}}",
		"core::ops::function::FnOnce::call_once{{vtable.shim}}");
	names("f()) odd ((", "f()) odd ((");
	names(")", ")");
}

static void a_place_without_symbol_is_told_by_module_or_address(void **state)
{
	(void)state;
	shows(&(struct frame){ .pc = 0x1234, .module = "libc.so.6", .module_offset = 0x98d9 }, "libc.so.6+0x98d9");
	shows(&(struct frame){ .pc = 0x1234 }, "0x1234");
	shows(&(struct frame){ .pc = 1, .symbol = "f", .file = "/src/dir/a.c", .line = 7 }, "f at a.c:7");
}

#define FRAMES(...)                                                                                                    \
	{                                                                                                              \
		.frame = { __VA_ARGS__ }, .n = sizeof((struct frame[]){ __VA_ARGS__ }) / sizeof(struct frame)          \
	}

static void the_maker_is_the_programs_own_frame_or_else_a_librarys(void **state)
{
	static const struct frame clone3 = { .pc = 1, .module = "libc.so.6", .symbol = "clone3" };
	static const struct frame create = {
		.pc = 2, .module = "libstdc++.so.6", .symbol = "std::thread::x", .runtime = true
	};
	static const struct frame jit = { .pc = 3, .module = "[JIT]" }, nowhere = { .pc = 4 };
	static const struct frame pool = { .pc = 5, .module = "libopenblas.so.0", .symbol = "blas_thread_init" };
	static const struct frame linker = { .pc = 6, .module = "ld-linux-x86-64.so.2", .symbol = "call_init" };
	static const struct frame own = { .pc = 7, .module = "prog", .symbol = "main", .in_program = true };
	const struct backtrace constructor = FRAMES(clone3, create, jit, nowhere, pool, linker),
			       imported = FRAMES(clone3, pool, linker, own);
	const struct backtrace called = FRAMES(clone3, pool, own), none = FRAMES(clone3, jit, linker);
	(void)state;

	assert_int_equal(backtrace_maker(&constructor)->pc, pool.pc);
	assert_null(backtrace_own(&constructor));
	assert_int_equal(backtrace_maker(&imported)->pc, pool.pc);
	assert_int_equal(backtrace_maker(&called)->pc, own.pc);
	assert_null(backtrace_maker(&none));
	assert_null(backtrace_maker(&(struct backtrace){ .n = 0 }));
}

static void what_a_thread_runs_is_not_its_creators_frame(void **state)
{
	static const struct frame own = { .pc = 7, .symbol = "main", .in_program = true };
	const struct backtrace bt = FRAMES(own);
	const struct start_routine calls = { .at = { .pc = 9 }, .label = { .pc = 8 } },
				   borrowed = { .at = { .pc = 9 }, .label = own };
	const struct start_routine plain = { .at = { .pc = 9 } };
	(void)state;

	assert_ptr_equal(start_runs(&calls, &bt), &calls.label);
	assert_ptr_equal(start_runs(&calls, NULL), &calls.label);
	assert_ptr_equal(start_runs(&borrowed, &bt), &borrowed.at);
	assert_ptr_equal(start_runs(&plain, &bt), &plain.at);
}

/* Found leaks end the program from another function; and a program may have such names of its own. */
static void a_leak_check_that_failed(void **state)
{
	struct backtrace failed = { .n = 3,
		.frame = { { .symbol = "__sanitizer::internal__exit(int)" }, { .symbol = "__sanitizer::Die()" },
			{ .symbol = "__lsan::CheckForLeaks()" } } },
			 found = failed, cut = failed, other = failed;
	(void)state;

	assert_true(backtrace_leak_check_failed(&failed));
	found.frame[2].symbol = "__lsan::HandleLeaks()";
	assert_false(backtrace_leak_check_failed(&found));
	cut.n = 2;
	assert_false(backtrace_leak_check_failed(&cut));
	other.frame[1].symbol = "__sanitizer::DieSoon()";
	assert_false(backtrace_leak_check_failed(&other));
	other.frame[1].symbol = NULL;
	assert_false(backtrace_leak_check_failed(&other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parameters_are_left_out_and_the_rest_is_kept),
		cmocka_unit_test(a_place_without_symbol_is_told_by_module_or_address),
		cmocka_unit_test(the_maker_is_the_programs_own_frame_or_else_a_librarys),
		cmocka_unit_test(what_a_thread_runs_is_not_its_creators_frame),
		cmocka_unit_test(a_leak_check_that_failed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

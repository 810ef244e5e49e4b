/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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
	names("core::ops::function::FnOnce::call_once{{vtable.shim}}", "core::ops::function::FnOnce::call_once{{vtable.shim}}");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parameters_are_left_out_and_the_rest_is_kept),
		cmocka_unit_test(a_place_without_symbol_is_told_by_module_or_address),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

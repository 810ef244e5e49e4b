/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include <thrtrace/callsite.h>

#define PC 0x401006

static void a_call_is_read_backwards(void **state)
{
	static const struct {
		uint8_t before[CALLSITE_BYTES];
		int err;
		taddr target;
		bool slot;
	} cases[] = {
		{ { 0x90, 0xe8, 0x10, 0, 0, 0 }, 0, PC + 0x10, false },
		{ { 0x90, 0xe8, 0xf0, 0xff, 0xff, 0xff }, 0, PC - 0x10, false },
		{ { 0xff, 0x15, 0x00, 0x20, 0, 0 }, 0, PC + 0x2000, true },
		{ { 0x90, 0x90, 0x90, 0x90, 0xff, 0xd0 }, -ENOENT, 0, false }, /* call *%rax: it is gone */
		{ { 0x90, 0xe9, 0x10, 0, 0, 0 }, -ENOENT, 0, false },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct callsite c = { 0 };
		assert_int_equal(callsite_x86_64(&c, cases[i].before, PC), cases[i].err);
		assert_int_equal(c.target, cases[i].target);
		assert_int_equal(c.slot, cases[i].slot);
	}
}

static void a_stub_names_its_word(void **state)
{
	static const uint8_t plain[CALLSITE_STUB_BYTES] = { 0xff, 0x25, 0x10, 0x20, 0, 0 };
	static const uint8_t marked[CALLSITE_STUB_BYTES] = { 0xf3, 0x0f, 0x1e, 0xfa, 0xff, 0x25, 0x10, 0x20, 0, 0 };
	static const uint8_t bound[CALLSITE_STUB_BYTES] = { 0xf3, 0x0f, 0x1e, 0xfa, 0xf2, 0xff, 0x25, 0x10, 0x20, 0,
		0 };
	static const uint8_t function[CALLSITE_STUB_BYTES] = { 0xf3, 0x0f, 0x1e, 0xfa, 0x55, 0x48, 0x89, 0xe5 };
	struct callsite c = { 0 };
	(void)state;

	assert_int_equal(callsite_stub_x86_64(&c, plain, PC), 0);
	assert_int_equal(c.target, PC + 6 + 0x2010);
	assert_true(c.slot);
	assert_int_equal(callsite_stub_x86_64(&c, marked, PC), 0);
	assert_int_equal(c.target, PC + 10 + 0x2010);
	assert_int_equal(callsite_stub_x86_64(&c, bound, PC), 0);
	assert_int_equal(c.target, PC + 11 + 0x2010);
	assert_int_equal(callsite_stub_x86_64(&c, function, PC), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_is_read_backwards),
		cmocka_unit_test(a_stub_names_its_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

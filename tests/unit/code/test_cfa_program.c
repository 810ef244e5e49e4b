/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include <thrtrace/cfa_program.h>

#define MODEST(...) cfa_program_modest((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

static void what_compilers_write_is_modest(void **state)
{
	(void)state;
	/* def_cfa esp+4, offset eip; advance, def_cfa_offset 8, offset ebp, def_cfa_register ebp, nops */
	assert_true(MODEST(0x0c, 4, 4, 0x88, 1));
	assert_true(MODEST(0x41, 0x0e, 8, 0x85, 2, 0x42, 0x0d, 5, 0, 0));
	/* of a linkage table: def_cfa_expression with 11 bytes */
	assert_true(MODEST(0x0f, 11, 0x74, 4, 0x78, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x32, 0x24, 0x22));
	assert_true(MODEST(0x0a, 0xc5, 0x0b, 0x2e, 0x90, 1, 0x02, 0xff, 0x03, 1, 2, 0x04, 1, 2, 3, 4));
	assert_true(cfa_program_modest(NULL, 0));
}

static void high_registers_are_refused(void **state)
{
	(void)state;
	assert_true(MODEST(0x05, CFA_REGISTER_MAX, 1));
	assert_false(MODEST(0x05, 0x80, 1, 1));
	assert_false(MODEST(0x07, 0x80, 0x80, 0x80, 0x20));
	assert_false(MODEST(0x09, 1, 0xff, 0x7f));
	assert_false(MODEST(0x16, 0x80, 1, 1, 0x30));
	/* 2^64 + 1 is not 1 */
	assert_false(MODEST(0x07, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02));
}

static void states_are_counted(void **state)
{
	uint8_t many[CFA_STATES_MAX + 1], pairs[6 * CFA_STATES_MAX];
	(void)state;

	memset(many, 0x0a, sizeof(many));
	assert_true(cfa_program_modest(many, CFA_STATES_MAX));
	assert_false(cfa_program_modest(many, sizeof(many)));
	/* A long function has many, one after another. */
	for (size_t i = 0; i < sizeof(pairs); i++)
		pairs[i] = i % 2 ? 0x0b : 0x0a;
	assert_true(cfa_program_modest(pairs, sizeof(pairs)));
}

static void what_is_unknown_or_cut_is_refused(void **state)
{
	(void)state;
	assert_false(MODEST(0x01, 1, 2, 3, 4));
	assert_false(MODEST(0x3f));
	assert_false(MODEST(0x0c, 4));
	assert_false(MODEST(0x0f, 2, 0x74));
	assert_false(MODEST(0x04, 1, 2, 3));
	assert_false(MODEST(0x0e, 0x80));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_compilers_write_is_modest),
		cmocka_unit_test(high_registers_are_refused),
		cmocka_unit_test(states_are_counted),
		cmocka_unit_test(what_is_unknown_or_cut_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

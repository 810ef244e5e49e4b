/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <thrtrace/jit_map.h>

static ssize_t add(struct jit_map *m, const char *text)
{
	return jit_map_add(m, text, strlen(text));
}

static void is(struct jit_map *m, taddr addr, const char *name)
{
	const struct jit_piece *p = jit_map_find(m, addr);

	if (name) {
		assert_non_null(p);
		assert_string_equal(jit_map_name(m, p), name);
	} else {
		assert_null(p);
	}
}

static void pieces_are_found_by_their_addresses(void **state)
{
	(void)state;
	struct jit_map m = { 0 };

	is(&m, 0x1000, NULL);
	assert_int_equal(add(&m, "2000 10 b c\n1000 20 JS:~f /a.js:1:2\n7fffffffffff0000 8 Interpreter\n"), 67);
	is(&m, 0xfff, NULL);
	is(&m, 0x1000, "JS:~f /a.js:1:2");
	is(&m, 0x101f, "JS:~f /a.js:1:2");
	is(&m, 0x1020, NULL);
	is(&m, 0x200f, "b c");
	is(&m, 0x7fffffffffff0007, "Interpreter");
	assert_int_equal(add(&m, "0x0000000000001800 0x0000000000000008 later\n"), 44);
	is(&m, 0x1807, "later");
	is(&m, 0x1000, "JS:~f /a.js:1:2");
	jit_map_release(&m);
}

static void half_a_line_waits_for_its_rest(void **state)
{
	(void)state;
	struct jit_map m = { 0 };

	assert_int_equal(add(&m, "1000 20 one\n2000 20 tw"), 12);
	is(&m, 0x2000, NULL);
	assert_int_equal(add(&m, "2000 20 two\n"), 12);
	is(&m, 0x2000, "two");
	jit_map_release(&m);
}

static void code_that_was_written_over_has_no_name(void **state)
{
	(void)state;
	struct jit_map m = { 0 };

	assert_int_equal(add(&m, "1000 100 old\n3000 10 same\n3000 10 again\n"), 40);
	is(&m, 0x1080, "old");
	is(&m, 0x3000, "again");
	assert_int_equal(add(&m, "1040 10 new\n"), 12);
	is(&m, 0x1044, "new");
	is(&m, 0x1080, NULL);
	is(&m, 0x1000, NULL);
	assert_int_equal(add(&m, "f00 180 over\n"), 13);
	is(&m, 0x1044, "over");
	is(&m, 0x1080, NULL);
	jit_map_release(&m);
}

static void what_is_no_piece_is_passed_over(void **state)
{
	(void)state;
	static const char *const lines[] = { "\n", "x\n", "1000\n", "1000 \n", "1000 20\n", "1000 20 \n",
		"1000 0 empty\n", "1000 ffffffffffff huge\n", "ffffffffffffffff 20 around\n", " 1000 20 blank\n",
		"0x 20 prefix\n", "10000000000000000 20 long\n", "1000 20\tname\n" };
	struct jit_map m = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_int_equal(add(&m, lines[i]), strlen(lines[i]));
	assert_int_equal(m.n, 0);
	assert_int_equal(add(&m, "1000 20 good\n"), 13);
	is(&m, 0x1000, "good");
	jit_map_release(&m);
}

static void functions_of_the_program_are_told_by_their_names(void **state)
{
	(void)state;
	assert_true(jit_name_is_own("JS:~f /src/a.js:1:2"));
	assert_true(jit_name_is_own("void a.B.f(int)"));
	assert_false(jit_name_is_own("JS:~f node:internal/worker:1:2"));
	assert_false(jit_name_is_own("Builtin:JSEntry"));
	assert_false(jit_name_is_own("void java.lang.Thread.start0()"));
	assert_false(jit_name_is_own("Interpreter"));
	assert_false(jit_name_is_own("I2C/C2I adapters"));
}

static void long_names_are_cut(void **state)
{
	(void)state;
	char line[1024];
	struct jit_map m = { 0 };

	snprintf(line, sizeof(line), "1000 20 %0900d\n", 0);
	assert_int_equal(add(&m, line), strlen(line));
	assert_int_equal(strlen(jit_map_name(&m, jit_map_find(&m, 0x1000))), JIT_NAME_MAX);
	jit_map_release(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_found_by_their_addresses),
		cmocka_unit_test(half_a_line_waits_for_its_rest),
		cmocka_unit_test(code_that_was_written_over_has_no_name),
		cmocka_unit_test(what_is_no_piece_is_passed_over),
		cmocka_unit_test(functions_of_the_program_are_told_by_their_names),
		cmocka_unit_test(long_names_are_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

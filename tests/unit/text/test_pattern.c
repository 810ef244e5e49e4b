/* SPDX-License-Identifier: MIT */
/* Which regular expressions are refused; none of these is handed to the C library. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "text/pattern.h"

static void what_people_write_is_not_dear(void **state)
{
	static const char *const cases[] = { "", "^clone", "clone|fork|vfork", "(clone|exit)(3|_group)?$", "a+b+c+d+e+",
		"[+]", "[^]+++++++++++++++++++]", "\\+\\+\\+\\+\\+\\+\\+\\+\\+\\+\\+\\+\\+\\+\\+\\+\\+\\+\\+\\+",
		"x{200}", "x{2,}", "(x{10}y){10}", ".*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*", "x{", "[", "\\" };
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (pattern_is_dear(cases[i]))
			fail_msg("%s", cases[i]);
}

static void repetitions_that_multiply_are(void **state)
{
	static const char *const cases[] = { "(((((((((((((((((x+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)", "x{255}{255}{255}",
		"x{0,70000}", "x{99999999999999999999999}", "[a]{999}{999}" };
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (!pattern_is_dear(cases[i]))
			fail_msg("%s", cases[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_people_write_is_not_dear),
		cmocka_unit_test(repetitions_that_multiply_are),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

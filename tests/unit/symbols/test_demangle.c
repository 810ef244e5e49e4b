/* SPDX-License-Identifier: MIT */
/* Names of each language that a linker mangles, where the library for them is built in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include <thrtrace/base.h>

#include "symbols/demangle.h"

static void each_language_is_read(void **state)
{
	static const struct {
		const char *mangled, *shown; /* NULL: it stays as it is */
	} rows[] = {
		{ "_Z1fv", "f()" },
		{ "_ZN3foo17h05af221e174051e9E", "foo" },
		{ "_RNvC6_123foo3bar", "123foo::bar" },
		{ "_D8demangle4testFaZv", "demangle.test(char)" },
		{ "_Dmain", "D main" },
		{ "main", NULL },
		{ "_Dynamic", NULL },
		{ "_D", NULL },
	};
	char *probe = demangle("_Z1fv");
	(void)state;

	if (!probe)
		skip(); /* no such library */
	free(probe);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *got = demangle(rows[i].mangled);
		if (rows[i].shown) {
			assert_non_null(got);
			assert_string_equal(got, rows[i].shown);
		} else {
			assert_null(got);
		}
		free(got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_language_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Patterns of names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include <thrtrace/census.h>

static struct census_task task[64];

/* The pattern of the first of these names, separated by blanks. */
static void pattern_is(const char *names, const char *first)
{
	struct census c = { .task = task };
	char text[512];

	snprintf(text, sizeof(text), "%s", names);
	for (char *save, *w = strtok_r(text, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		task[c.n] = (struct census_task){ .tid = (pid_t)c.n + 1 };
		snprintf(task[c.n++].comm, COMM_LEN, "%s", w);
	}
	assert_int_equal(census_names(&c), 0);
	if (strcmp(task[0].pattern, first) != 0)
		fail_msg("%s: '%s', not '%s'", names, task[0].pattern, first);
}

static void numbers_that_differ_are_marked(void **state)
{
	(void)state;
	pattern_is("exec-1 exec-2 exec-17", "exec-{N}");
	pattern_is("main", "main");
	pattern_is("http-8080-1 http-8080-2", "http-8080-{N}");
	pattern_is("exec-1 main exec-1", "exec-1");
	pattern_is("7", "7");
	pattern_is("1 2", "{N}");
	pattern_is("1a2b3c4d5e6f7g8 2a3b4c5d6e7f8g9", "1a2b3c4d5e6f7g{N}");
	pattern_is("x1 x2 y1", "x{N}");
}

/* Where numbers differ at two places, the first may be that of a pool. */
static void few_pools_are_kept_apart(void **state)
{
	(void)state;
	pattern_is("p-1-t-1 p-1-t-2 p-2-t-1 p-2-t-2", "p-1-t-{N}");
	pattern_is("p-1-t-1 p-2-t-2 p-3-t-1 p-4-t-1 p-5-t-2", "p-{N}-t-{N}");
	pattern_is("p-1-t-1 p-2-t-1 p-3-t-1", "p-{N}-t-1");
}

static void nobody_has_no_pattern(void **state)
{
	struct census c = { .n = 0 };
	(void)state;

	assert_int_equal(census_names(&c), 0);
	pattern_is("a", "a");
	task[0].comm[0] = '\0';
	c = (struct census){ .task = task, .n = 1 };
	assert_int_equal(census_names(&c), 0);
	assert_string_equal(task[0].pattern, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_that_differ_are_marked),
		cmocka_unit_test(few_pools_are_kept_apart),
		cmocka_unit_test(nobody_has_no_pattern),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

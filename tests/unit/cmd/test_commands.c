/* SPDX-License-Identifier: MIT */
/* Which options go with which command. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/commands.h"

static struct options o;

static int check(const char *first, const char *second)
{
	static char *argv[4]; /* o.argv points into it */

	memcpy(argv, (char *[]){ "thrtrace", (char *)(uintptr_t)first, (char *)(uintptr_t)second, NULL }, sizeof(argv));

	options_release(&o);
	int err = options_parse(&o, 3, argv);
	return err ? err : command_check(&o);
}

static void what_goes_with_it_is_taken(void **state)
{
	static const char *const pairs[][2] = {
		{ "--replay=x", "-q" },
		{ "--replay=x", "-efutex" },
		{ "--replay=x", "--light" },
		{ "--replay=x", "--error-exitcode=3" },
		{ "--replay=x", "--fail-on=error,deadlock" },
		{ "--observe", "--baseline=x" },
		{ "--explain", "--call=clone" },
		{ "--try", "--call=clone" },
		{ "--explain", "--format=json" },
		{ "--flags", "--format=man" },
		{ "--color=always", "--resources" },
		{ "--snapshot", "--interval=1s" },
		{ "--watch", "--sort=count" },
		{ "--shared", "--format=json" },
		{ "--explain-thread=7", "--stacks" },
		{ "--diff", "--format=json" },
		{ "--snapshot", "--sample=5s" },
		{ "--cost", "--cost-with=x" },
		{ "--cost", "--format=json" },
		{ "--lesson", "vm" },
		{ "--lesson=vm", "--format=c" },
		{ "--snapshot", "--by=state" },
		{ "--all", "--snapshot" },
		{ "--snapshot", "--format=csv" },
		{ "--observe", "-f" },
		{ "--observe", "--duration=1s" },
		{ "--help", "-f" },
		{ "--version", "--record=x" },
		{ "--replay=x", "--format=json:f" },
		{ "-q", "prog" },
		{ "--record=x", "prog" },
	};
	(void)state;

	for (unsigned i = 0; i < ARRAY_SIZE(pairs); i++)
		if (check(pairs[i][0], pairs[i][1]))
			fail_msg("%s %s: %s", pairs[i][0], pairs[i][1], o.error);
}

static void what_does_not_is_named(void **state)
{
	static const char *const rows[][3] = {
		{ "--flags", "-q", "--quiet does not go with --flags" },
		{ "-oout", "--resources", "--output does not go with --resources" },
		{ "--explain", "--summary", "--summary does not go with --explain" },
		{ "--flags", "--format=json:f",
			"--format=json:f is one more view of a trace: --flags makes none; send its output to a file" },
		{ "--try", "--follow-forks", "--follow-forks does not go with --try" },
		{ "--replay=x", "--record=y", "--record does not go with --replay" },
		{ "--replay=x", "-EA=b", "--env does not go with --replay" },
		{ "-p1", "--replay=x", "--attach does not go with --replay" },
		{ "--call=clone", "prog", "--call does not go with a trace" },
		{ "--cost", "--top=3", "--top does not go with --cost" },
		{ "--top=3", "prog", "--top does not go with a trace" },
		{ "--lesson", "-q", "--quiet does not go with --lesson" },
		{ "--observe", "--prove=off", "--prove does not go with --observe" },
		{ "--observe", "-efutex", "--expr does not go with --observe" },
		{ "--flags", "--ignore=deadlock:x", "--ignore does not go with --flags" },
		{ "--snapshot", "-q", "--quiet does not go with --snapshot" },
		{ "--explain-thread=7", "--by=name", "--by does not go with --explain-thread" },
		{ "--diff", "-f", "--follow-forks does not go with --diff" },
	};
	(void)state;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(check(rows[i][0], rows[i][1]), -EINVAL);
		assert_string_equal(o.error, rows[i][2]);
	}
}

/* The last of several is done, as with other options. */
static void the_last_command_counts(void **state)
{
	(void)state;
	assert_int_equal(check("--flags", "--version"), 0);
	assert_int_equal(o.command, DO_version);
	assert_int_equal(check("--replay=x", "--completion=zsh"), 0);
	assert_int_equal(o.command, DO_completion);
	assert_string_equal(o.subject, "zsh");
}

/* Run without a word on stdout: the test's own. */
static void a_command_is_run(void **state)
{
	(void)state;
	assert_int_equal(check("--completion=csh", "x"), 0);
	assert_int_equal(command_run(&o), EXIT_OWN);
	assert_int_equal(check("--flags", "--format=chrome"), 0);
	assert_int_equal(command_run(&o), EXIT_OWN);
	assert_int_equal(check("--replay=/no/such/file", "-q"), 0);
	assert_int_equal(command_run(&o), EXIT_OWN);
	assert_int_equal(check("-q", "no-such-program-anywhere"), 0);
	assert_int_equal(command_run(&o), EXIT_NOT_FOUND);
	assert_int_equal(check("-q", "/"), 0);
	assert_int_equal(command_run(&o), EXIT_NOT_RUN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_goes_with_it_is_taken),
		cmocka_unit_test(what_does_not_is_named),
		cmocka_unit_test(the_last_command_counts),
		cmocka_unit_test(a_command_is_run),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	options_release(&o);
	return failed;
}

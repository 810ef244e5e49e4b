/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "options.h"

static char *argv[16];

static int parse(struct options *o, const char *words)
{
	static char text[512];
	int argc = 1;

	snprintf(text, sizeof(text), "%s", words);
	argv[0] = "thrtrace";
	for (char *w = strtok(text, " "); w; w = strtok(NULL, " "))
		argv[argc++] = w;
	argv[argc] = NULL;
	return options_parse(o, argc, argv);
}

static struct options good(const char *words)
{
	struct options o;

	if (parse(&o, words))
		fail_msg("'%s': %s", words, o.error);
	return o;
}

static void bad(const char *words, const char *because)
{
	struct options o;

	if (parse(&o, words) != -EINVAL)
		fail_msg("'%s' is accepted", words);
	if (!strstr(o.error, because))
		fail_msg("'%s' is refused by \"%s\", not because of \"%s\"", words, o.error, because);
	options_release(&o);
}

static void nothing_given_is_the_default(void **state)
{
	struct options o = good("");
	(void)state;

	assert_int_equal(o.command, DO_TRACE);
	assert_int_equal(o.mode, MODE_FILTER);
	assert_true(o.prove && !o.follow_forks && o.choice.by_rule);
	assert_int_equal(o.color, -1);
	assert_int_equal(o.argc, 0);
}

static void each_option_sets_its_field(void **state)
{
	struct options o = good("-f --no-seccomp --prove=off -o out --format json --notes=none --color=always -q -t -T prog -f");
	(void)state;

	assert_true(o.follow_forks && !o.prove && o.view.quiet && o.view.durations);
	assert_int_equal(o.mode, MODE_ALL);
	assert_string_equal(o.output, "out");
	assert_string_equal(o.format, "json");
	assert_int_equal(o.view.notes, NOTES_NONE);
	assert_int_equal(o.color, 1);
	assert_int_equal(o.view.time, TIME_WALL);
	assert_int_equal(o.argc, 2); /* what follows the program is its own */
	assert_string_equal(o.argv[1], "-f");
	assert_int_equal(good("--light").mode, MODE_LIGHT);
	assert_int_equal(good("--no-seccomp --seccomp-bpf").mode, MODE_FILTER);
	assert_int_equal(good("-tt").view.time, TIME_EPOCH);
	assert_int_equal(good("-r").view.time, TIME_RELATIVE);
	assert_int_equal(good("--notes=all").view.notes, NOTES_ALL);
	assert_int_equal(good("--color never").color, 0);
	assert_int_equal(good("--color=auto").color, -1);
	assert_true(good("-e futex").choice.shown[CALL_futex]);
	assert_true(good("--prove on").prove);
}

static void letters_join(void **state)
{
	struct options o = good("-fqo out -- -x");
	(void)state;

	assert_true(o.follow_forks && o.view.quiet);
	assert_string_equal(o.output, "out");
	assert_int_equal(o.argc, 1);
	assert_string_equal(o.argv[0], "-x");
	assert_string_equal(good("-oout").output, "out");
}

static void the_environment_gathers(void **state)
{
	struct options o = good("-E A=1 --env=B prog");
	(void)state;

	assert_int_equal(o.n_env_changes, 2);
	assert_string_equal(o.env_changes[0], "A=1");
	assert_string_equal(o.env_changes[1], "B");
	options_release(&o);
	assert_null(o.env_changes);
}

static void commands_are_options(void **state)
{
	(void)state;
	assert_int_equal(good("-h").command, DO_HELP);
	assert_int_equal(good("--version").command, DO_VERSION);
	assert_int_equal(good("--flags").command, DO_FLAGS);
	assert_int_equal(good("--resources").command, DO_RESOURCES);
}

/* Options may stand among the words of --explain. */
static void explain_takes_words(void **state)
{
	struct options o = good("--explain vm --call=clone thread --privileged");
	(void)state;

	assert_int_equal(o.command, DO_EXPLAIN);
	assert_int_equal(o.argc, 2);
	assert_string_equal(o.argv[0], "vm");
	assert_string_equal(o.argv[1], "thread");
	assert_string_equal(o.explain_call, "clone");
	assert_int_equal(o.explain_who, 1);
	assert_int_equal(good("--unprivileged --explain x").explain_who, 2);
	bad("--explain vm --nonsense", "--nonsense");
}

static void mistakes_are_explained(void **state)
{
	(void)state;
	bad("--nonsense", "--nonsense");
	bad("-Z", "-Z");
	bad("-fZ", "-Z");
	bad("--quiet=yes", "takes no value");
	bad("--output", "needs a value");
	bad("-o", "needs a value");
	bad("--prove=maybe", "on, off");
	bad("--notes=some", "first, all, none");
	bad("--color=red", "auto, always, never");
	bad("-e no_such_call", "no_such_call");
}

/* Each row of --help is understood by the parser, and --help says each. */
static void help_lists_what_is_understood(void **state)
{
	struct outbuf help;
	unsigned n = 0;
	(void)state;

	outbuf_init(&help, 1 << 20);
	options_help(&help);
	assert_int_equal(outbuf_status(&help), 0);
	for (const char *at = outbuf_str(&help); (at = strstr(at, " --")); at++) {
		char word[64];
		struct options o;
		size_t len = strspn(at + 3, "abcdefghijklmnopqrstuvwxyz-");
		if (len == 0 || at[-1] == '[')
			continue;
		snprintf(word, sizeof(word), "%.*s", (int)len + 2, at + 1);
		if (parse(&o, word) == -EINVAL && strstr(o.error, "there is no"))
			fail_msg("--help has %s, the parser does not", word);
		options_release(&o);
		n++;
	}
	assert_true(n > 20);
	outbuf_clear(&help);
	options_version(&help);
	assert_non_null(strstr(outbuf_str(&help), THRTRACE_VERSION));
	outbuf_release(&help);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_given_is_the_default),
		cmocka_unit_test(each_option_sets_its_field),
		cmocka_unit_test(letters_join),
		cmocka_unit_test(the_environment_gathers),
		cmocka_unit_test(commands_are_options),
		cmocka_unit_test(explain_takes_words),
		cmocka_unit_test(mistakes_are_explained),
		cmocka_unit_test(help_lists_what_is_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

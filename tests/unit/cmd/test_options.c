/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <thrtrace/explain_page.h>

#include "cmd/commands.h"
#include "cmd/help_cmd.h"
#include "cmd/tips.h"
#include "cmd/trace_cmd.h"

static char *argv[24];

static int parse(struct options *o, const char *words)
{
	static char text[512];
	int argc = 1;

	snprintf(text, sizeof(text), "%s", words);
	argv[0] = "thrtrace";
	for (char *w = strtok(text, " "); w; w = strtok(NULL, " "))
		argv[argc++] = w;
	argv[argc] = NULL;
	int err = options_parse(o, argc, argv);
	if (!err)
		err = command_check(o);
	return err || o->command != DO_trace ? err : trace_check(o);
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

	assert_int_equal(o.command, DO_trace);
	assert_int_equal(o.mode, MODE_FILTER);
	assert_true(o.prove && !o.follow_forks && o.choice.by_rule);
	assert_int_equal(o.color, -1);
	assert_int_equal(o.argc, 0);
}

static void each_option_sets_its_field(void **state)
{
	struct options o = good(
		"-f --no-seccomp --prove=off -o out --format json --notes=none --color=always -q -t -T "
		"--error-exitcode=255 --error-severity=error --baseline=base --ignore=a:b --ignore c:d prog -f");
	(void)state;

	assert_true(o.follow_forks && !o.prove && o.view.quiet && o.view.durations);
	assert_int_equal(o.mode, MODE_ALL);
	assert_string_equal(o.output, "out");
	assert_string_equal(o.format, "json");
	assert_int_equal(o.view.notes, NOTES_NONE);
	assert_int_equal(o.color, 1);
	assert_int_equal(o.error_exitcode, 255);
	assert_int_equal(o.view.quiet, 1);
	assert_int_equal(good("-q -q -q prog").view.quiet, 2);
	assert_int_equal(good("-qq prog").view.quiet, 2);
	assert_true(good("--table-only prog").view.table && !o.view.table);
	assert_true(good("-c prog").counts_alone && !o.counts_alone && good("-C prog").view.counts && !o.view.counts);
	assert_int_equal(good("-S max-time").view.count.sort, COUNT_MAX);
	assert_int_equal(good("--summary-columns=calls,errors").view.count.n, 3);
	assert_int_equal(o.error_severity, SEVERITY_ERROR);
	assert_string_equal(o.baseline, "base");
	assert_int_equal(o.ignore.n, 2);
	assert_string_equal(o.ignore.text[1], "c:d");
	assert_null(o.fail_on);
	assert_int_equal(good("prog").error_severity, SEVERITY_NOTE);
	assert_int_equal(o.view.time, TIME_WALL);
	assert_int_equal(o.argc, 2); /* what follows the program is its own */
	assert_string_equal(o.argv[1], "-f");
	assert_int_equal(good("--light").mode, MODE_LIGHT);
	assert_int_equal(good("--no-seccomp --seccomp-bpf").mode, MODE_FILTER);
	assert_int_equal(good("--progress=off").progress, PROGRESS_OFF);
	assert_int_equal(good("-o x").progress, PROGRESS_AUTO);
	assert_true(good("--long-join=5s").long_join_ns >= 5000000000);
	assert_true(good("-A -o x").append && !good("-o x").append);
	assert_int_equal(good("-tt").view.time, TIME_WALL);
	assert_int_equal(good("-ttt").view.time, TIME_EPOCH);
	assert_int_equal(good("-r").view.time, TIME_RELATIVE);
	assert_int_equal(good("--notes=all").view.notes, NOTES_ALL);
	assert_int_equal(good("--color never").color, 0);
	assert_int_equal(good("--color=auto").color, -1);
	assert_true(good("-e futex").choice.shown[CALL_futex]);
	assert_int_equal(good("--prove on").prove, PROVE_FIRST);
	assert_int_equal(good("--prove=each").prove, PROVE_EACH);
	options_release(&o);
}

static bool is_option(const char *name, size_t len)
{
	struct option_table t = option_rows();

	for (size_t i = 0; i < t.n; i++)
		if (t.row[i].name && strlen(t.row[i].name) == len && memcmp(t.row[i].name, name, len) == 0)
			return true;
	return false;
}

static void a_tip_is_of_options_that_there_are(void **state)
{
	size_t n = 0;
	(void)state;

	for (; tip_at(n); n++) {
		const char *tip = tip_at(n);
		assert_true(strlen(tip) <= 120 && tip[strlen(tip) - 1] != '.');
		for (const char *at = strstr(tip, "--"); at; at = strstr(at + 2, "--"))
			if (!is_option(at + 2, strspn(at + 2, "abcdefghijklmnopqrstuvwxyz-")))
				fail_msg("no such option: %s", at);
	}
	assert_true(n > 10 && good("--tips").tips);
}

/* A replay must know which of these were asked for. */
static void what_shapes_the_questions_is_noted(void **state)
{
	(void)state;
	assert_int_equal(good("-q -t --format=json --color=never -o x --replay=tape").asked, 0);
	assert_int_equal(good("--light").asked, GIVEN_MODE);
	assert_int_equal(good("-f --prove=on").asked, GIVEN_FOLLOW | GIVEN_PROVE);
	assert_int_equal(good("--creators=on -e clone").asked, GIVEN_CREATORS | GIVEN_CALLS);
	assert_int_equal(good("-e signal=all").asked, GIVEN_SIGNALS);
	assert_int_equal(good("-e trace=tgkill").asked, GIVEN_CALLS);
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

	assert_int_equal(o.env.n, 2);
	assert_string_equal(o.env.text[0], "A=1");
	assert_string_equal(o.env.text[1], "B");
	options_release(&o);
	assert_null(o.env.text);
}

static void commands_are_options(void **state)
{
	(void)state;
	assert_int_equal(good("-h").command, DO_help);
	assert_int_equal(good("--version").command, DO_version);
	assert_int_equal(good("--flags").command, DO_flags);
	assert_int_equal(good("--resources").command, DO_resources);
	assert_int_equal(good("--findings deadlock").command, DO_findings);
	assert_int_equal(good("--roles OpenJDK").command, DO_roles);
	assert_int_equal(good("--replay=tape").command, DO_replay);
	assert_string_equal(good("--replay tape -q").subject, "tape");
	assert_string_equal(good("--record=tape prog").record, "tape");
}

/* Options may stand among the words of --explain. */
static void explain_takes_words(void **state)
{
	struct options o = good("--explain vm --call=clone thread --privileged");
	(void)state;

	assert_int_equal(o.command, DO_explain);
	assert_int_equal(o.argc, 2);
	assert_string_equal(o.argv[0], "vm");
	assert_string_equal(o.argv[1], "thread");
	assert_string_equal(o.explain_call, "clone");
	assert_int_equal(o.explain_who, FOR_PRIVILEGED);
	assert_int_equal(good("--unprivileged --explain x").explain_who, FOR_UNPRIVILEGED);
	bad("--explain vm --nonsense", "--nonsense");
}

/* Which they are is looked up later: tests/unit/cmd/test_pick.c. */
static void processes_to_attach_to(void **state)
{
	struct options o = good("-p 12,13 --attach=name --record=tape");
	(void)state;

	assert_string_equal(o.record, "tape");
	assert_int_equal(o.processes.n, 2);
	assert_string_equal(o.processes.text[0], "12,13");
	assert_string_equal(o.processes.text[1], "name");
	assert_int_equal(o.mode, MODE_LIGHT);
	assert_int_equal(o.command, DO_trace);
	options_release(&o);
	o = good("-p 7 --no-seccomp --only-thread -f");
	assert_int_equal(o.mode, MODE_ALL);
	assert_true(o.only_thread && o.follow_forks);
	options_release(&o);
}

static void what_does_not_go_together_with_it(void **state)
{
	(void)state;
	bad("-p 12 prog", "one or the other");
	bad("-p 12 13", "quote");
	bad("-p 12 -E A=1", "-E");
	bad("-p 12 --seccomp-bpf", "--seccomp-bpf");
	bad("--only-thread prog", "--only-thread");
	bad("--duration=1s prog", "--light");
}

static void times(void **state)
{
	static const struct {
		const char *words;
		double ns;
	} good_ones[] = { { "1", 1e9 }, { "500ms", 5e8 }, { "2m", 120e9 }, { "1.5s", 15e8 }, { "1h", 3600e9 },
		{ "20us", 2e4 } };
	static const char *const bad_ones[] = { "", "x", "-1", "0", "5d", "1e30", "nan", "inf" };
	char words[64];
	(void)state;

	for (unsigned i = 0; i < ARRAY_SIZE(good_ones); i++) {
		snprintf(words, sizeof(words), "--light --duration=%s prog", good_ones[i].words);
		struct options o = good(words);
		assert_true(o.duration_ns >= (uint64_t)good_ones[i].ns);
		assert_true(o.duration_ns <= (uint64_t)good_ones[i].ns + 1);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(bad_ones); i++) {
		snprintf(words, sizeof(words), "--light --duration=%s prog", bad_ones[i]);
		bad(words, "it is a time");
	}
}

static void mistakes_are_explained(void **state)
{
	(void)state;
	bad("--nonsense", "--nonsense");
	bad("-Q", "there is no option -Q");
	bad("-fQ", "there is no option -Q");
	bad("-fk", "-k is strace's");
	bad("-ff", "-ff is strace's");
	bad("-f -q --follow-forks", "-ff is strace's");
	bad("-w", "here -c");
	bad("-S size", "no column of the table of calls");
	bad("-U calls,size", "no column of the table of calls");
	bad("-U calls,errors,count", "stands there twice");
	bad("-U calls,", "no column");
	bad("-d", "--record");
	bad("--stack-trace=no", "--stack-trace is strace's");
	bad("--quiet=yes", "takes no value");
	bad("--output", "needs a value");
	bad("-o", "needs a value");
	bad("--prove=maybe", "on, off, each");
	for (unsigned i = 0; i < 5; i++) {
		static const char *const words[] = { "--error-exitcode=0 prog", "--error-exitcode=256 prog",
			"--error-exitcode=-1 prog", "--error-exitcode=1x prog", "--error-exitcode= prog" };
		bad(words[i], "a number from 1 to 255");
	}
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
	help_page(&help, option_rows());
	assert_int_equal(outbuf_status(&help), 0);
	for (const char *line = outbuf_str(&help); *line; line += strcspn(line, "\n") + 1)
		if (strcspn(line, "\n") > 80)
			fail_msg("more than 80 columns: %.100s", line);
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
	outbuf_release(&help);
}

/* The fixed words of an option, which --help and completions show, are words that it takes. */
static void words_of_options_are_taken(void **state)
{
	struct option_table table = option_rows();
	unsigned n = 0;
	(void)state;

	for (const struct option_row *row = table.row; row < table.row + table.n; row++) {
		char values[128], word[128];
		if (!row->name || !row->value || !strchr(row->value, '|'))
			continue;
		snprintf(values, sizeof(values), "%s", row->value);
		for (char *save, *v = strtok_r(values, "|", &save); v; v = strtok_r(NULL, "|", &save), n++) {
			snprintf(word, sizeof(word), "%s--%s=%s",
				row->group == OF_WORD           ? "--explain " :
					row->group == OF_CENSUS ? "--snapshot " :
								  "",
				row->name, v);
			good(word);
		}
	}
	assert_true(n > 10);
}

/* --format is looked at later: its words are the views and the pages that there are, and a lesson's program. */
static void words_of_format_are_the_formats(void **state)
{
	const struct option_row *row = option_rows().row;
	(void)state;

	while (!row->name || strcmp(row->name, "format"))
		row++;
	for (size_t i = 0; sink_at(i); i++)
		assert_non_null(strstr(row->value, sink_at(i)->name));
	char values[128];
	snprintf(values, sizeof(values), "%s", row->value);
	for (char *save, *v = strtok_r(values, "|", &save); v; v = strtok_r(NULL, "|", &save))
		assert_true(sink_by_name(v) || page_format_by_name(v) != PAGE_FORMATS || strcmp(v, "c") == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_given_is_the_default),
		cmocka_unit_test(each_option_sets_its_field),
		cmocka_unit_test(a_tip_is_of_options_that_there_are),
		cmocka_unit_test(what_shapes_the_questions_is_noted),
		cmocka_unit_test(letters_join),
		cmocka_unit_test(the_environment_gathers),
		cmocka_unit_test(commands_are_options),
		cmocka_unit_test(explain_takes_words),
		cmocka_unit_test(processes_to_attach_to),
		cmocka_unit_test(what_does_not_go_together_with_it),
		cmocka_unit_test(times),
		cmocka_unit_test(mistakes_are_explained),
		cmocka_unit_test(help_lists_what_is_understood),
		cmocka_unit_test(words_of_options_are_taken),
		cmocka_unit_test(words_of_format_are_the_formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Every kind of row, in a table of its own; and that the rows of thrtrace make sense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/completion_cmd.h"
#include "cmd/help_cmd.h"

#define PLACE(member) .place = offsetof(struct options, member), .size = sizeof(((struct options *)0)->member)

static int set_both(struct options *o, const char *value)
{
	if (strcmp(value, "no") == 0) {
		snprintf(o->error, sizeof(o->error), "not that");
		return -EINVAL;
	}
	o->output = o->record = value;
	return 0;
}

static const int hues[] = { 30, 10, 20 };
static const struct option_row rows[] = {
	{ .kind = OPTION_HEADING, .help = "All kinds" },
	{ .kind = OPTION_STORES,
		.letter = 'b',
		.name = "bool",
		.help = "b",
		.group = OF_START,
		PLACE(only_thread),
		.number = 1 },
	{ .kind = OPTION_STORES,
		.name = "three",
		.help = "3",
		.group = OF_VIEW,
		PLACE(color),
		.number = 3,
		.asked = GIVEN_MODE },
	{ .kind = OPTION_WORD,
		.letter = 'w',
		.name = "word",
		.value = "red|green|blue",
		.help = "w",
		PLACE(error_exitcode),
		.numbers = hues },
	{ .kind = OPTION_WORD,
		.name = "maybe-word",
		.value = "red|green|blue",
		.optional = true,
		.help = "mw",
		PLACE(error_exitcode),
		.number = 77,
		.numbers = hues },
	{ .kind = OPTION_WORD,
		.name = "yes",
		.value = "on|off",
		.help = "y",
		PLACE(creators),
		.numbers = (const int[]){ 1, 0 } },
	{ .kind = OPTION_NUMBER,
		.letter = 'n',
		.name = "number",
		.value = "N",
		.help = "n",
		PLACE(color),
		.low = 5,
		.high = 9 },
	{ .kind = OPTION_TIME, .name = "time", .value = "TIME", .help = "t", PLACE(duration_ns) },
	{ .kind = OPTION_TEXT, .letter = 't', .name = "text", .value = "FILE", .help = "it's text", PLACE(format) },
	{ .kind = OPTION_TEXT,
		.letter = 'm',
		.name = "maybe-text",
		.value = "FILE",
		.optional = true,
		.help = "mt",
		PLACE(format) },
	{ .kind = OPTION_GATHERS, .letter = 'g', .name = "gather", .value = "TEXT", .help = "g", PLACE(env) },
	{ .kind = OPTION_CALLS, .name = "call", .value = "TEXT", .help = "c", .set = set_both },
	{ .kind = OPTION_COMMAND, .letter = 'd', .name = "do", .value = "FILE", .help = "d", .number = DO_replay },
	{ .kind = OPTION_COMMAND, .name = "about", .help = "a", .number = DO_explain, .words = true },
};
static const struct option_table table = { rows, ARRAY_SIZE(rows) };

static struct options o;
static char *words[24];

static int parse(const char *line)
{
	static char text[256];
	int argc = 1;

	options_release(&o);
	snprintf(text, sizeof(text), "%s", line);
	words[0] = "thrtrace";
	for (char *save, *w = strtok_r(text, " ", &save); w; w = strtok_r(NULL, " ", &save))
		words[argc++] = w;
	words[argc] = NULL;
	return options_parse_by(table, &o, argc, words);
}

static void good(const char *line)
{
	if (parse(line))
		fail_msg("'%s': %s", line, o.error);
}

static void bad(const char *line, const char *why)
{
	assert_int_equal(parse(line), -EINVAL);
	assert_string_equal(o.error, why);
}

static void each_kind_does_its_own(void **state)
{
	(void)state;
	good("-b");
	assert_true(o.only_thread);
	good("--three --yes=off");
	assert_true(o.color == 3 && !o.creators && o.asked == GIVEN_MODE);
	good("--yes on");
	assert_true(o.creators);
	good("--word=green");
	assert_int_equal(o.error_exitcode, 10);
	good("-wred -w blue");
	assert_int_equal(o.error_exitcode, 20);
	good("-n 5");
	assert_int_equal(o.color, 5);
	good("--time=3us");
	assert_int_equal(o.duration_ns, 3001);
	good("-bt file");
	assert_string_equal(o.format, "file");
	good("-g a -gb --gather c");
	assert_int_equal(o.env.n, 3);
	assert_string_equal(o.env.text[1], "b");
	good("--call=x");
	assert_string_equal(o.record, "x");
	good("-d tape");
	assert_int_equal(o.command, DO_replay);
	assert_string_equal(o.subject, "tape");
}

static void a_value_may_be_optional(void **state)
{
	(void)state;
	good("--maybe-word red");
	assert_int_equal(o.error_exitcode, 77);
	assert_int_equal(o.argc, 1); /* red is the program */
	good("--maybe-word=red");
	assert_int_equal(o.error_exitcode, 30);
	good("-m red");
	assert_null(o.format);
	good("-mred");
	assert_string_equal(o.format, "red");
}

static void each_kind_refuses_in_its_words(void **state)
{
	(void)state;
	bad("--word=black", "--word=black: it is one of red, green, blue");
	bad("--word=gree", "--word=gree: it is one of red, green, blue");
	bad("-n 4", "--number=4: it is a number from 5 to 9");
	bad("-n 10", "--number=10: it is a number from 5 to 9");
	bad("-n 99999999999999999999", "--number=99999999999999999999: it is a number from 5 to 9");
	bad("--time=soon", "--time=soon: it is a time such as 500ms, 5s, 2m, 1h");
	bad("--call=no", "not that");
	bad("-t", "-t needs a value: FILE");
	bad("--gather", "--gather needs a value: TEXT");
	bad("--bool=1", "--bool takes no value");
	bad("-bQ", "there is no option -Q; see --help");
	bad("--boo", "there is no option --boo; see --help");
	bad("--about a --boo", "there is no option --boo; see --help");
}

static void words_of_a_command_are_gathered(void **state)
{
	(void)state;
	good("--about one -b two --number 7 - three -- -b --four");
	assert_true(o.only_thread && o.color == 7);
	assert_int_equal(o.argc, 6);
	for (int i = 0; i < 6; i++) {
		static const char *const want[] = { "one", "two", "-", "three", "-b", "--four" };
		assert_string_equal(o.argv[i], want[i]);
	}
	good("one --about");
	assert_int_equal(o.command, DO_trace);
	assert_int_equal(o.argc, 2);
	good("--about");
	assert_int_equal(o.argc, 0);
}

static void groups_are_noted(void **state)
{
	(void)state;
	good("--three -b --word=red");
	assert_ptr_equal(o.of_group[0], &rows[1]); /* OF_START */
	assert_ptr_equal(o.of_group[3], &rows[2]); /* OF_VIEW */
	assert_null(o.of_group[1]);
}

static void help_shows_each_row(void **state)
{
	struct outbuf out;
	(void)state;

	outbuf_init(&out, 1 << 20);
	help_page(&out, table);
	for (unsigned i = 0; i < 5; i++) {
		static const char *const lines[] = { "\nAll kinds:\n", "  -b, --bool                  b\n",
			"      --maybe-word[=red|green|blue]\n                              mw\n",
			"  -t, --text=FILE             it's text\n", "  -d, --do=FILE               d\n" };
		if (!strstr(outbuf_str(&out), lines[i]))
			fail_msg("'%s' is not in %s", lines[i], outbuf_str(&out));
	}
	outbuf_release(&out);
}

static void completions_have_each_row(void **state)
{
	static const struct {
		const char *shell, *line;
	} lines[] = {
		{ "bash", "_thrtrace_options='-b --bool --three -w --word= --maybe-word --yes= -n --number= " },
		{ "bash", "\n_thrtrace_letters='wntgd'\n" },
		{ "bash", "\n_thrtrace_words='--about '\n" },
		{ "bash", "\n\t-w | --word) _thrtrace_add '' 'red green blue' \"$2\" ;;\n" },
		{ "bash", "\n\t-t | --text) _thrtrace_files \"$2\" ;;\n" },
		{ "zsh", "\n\t\t'*-w+[w]:word:(red green blue)'\n" },
		{ "zsh", "\n\t\t'*--maybe-word=-[mw]::maybe-word:(red green blue)'\n" },
		{ "zsh", "\n\t\t'*--text=[it'\\''s text]:FILE:_files'\n" },
		{ "fish",
			"\nset -g __thrtrace_valued -w --word --yes -n --number --time -t --text -g --gather --call -d "
			"--do \n" },
		{ "fish", "\ncomplete -c thrtrace -n __thrtrace_own -s b -l bool -f -d 'b'\n" },
		{ "fish", "\ncomplete -c thrtrace -n __thrtrace_own -l maybe-word -fa 'red green blue' -d 'mw'\n" },
		{ "fish", "\ncomplete -c thrtrace -n __thrtrace_own -s t -l text -rF -d 'it\\'s text'\n" },
	};
	struct outbuf out;
	(void)state;

	outbuf_init(&out, 1 << 20);
	for (unsigned i = 0; i < ARRAY_SIZE(lines); i++) {
		outbuf_clear(&out);
		completion_script(&out, completion_shell(lines[i].shell), table);
		assert_int_equal(outbuf_status(&out), 0);
		if (!strstr(outbuf_str(&out), lines[i].line))
			fail_msg("'%s' is not in %s", lines[i].line, outbuf_str(&out));
	}
	assert_null(completion_shell("csh"));
	outbuf_release(&out);
}

/* A row that stores more or less than its place holds, or that no kind can do, would only show when it is used. */
static void rows_of_thrtrace_make_sense(void **state)
{
	struct option_table all = option_rows();
	(void)state;

	for (const struct option_row *row = all.row; row < all.row + all.n; row++) {
		size_t values = row->value ? 1 : 0;
		if (row->kind == OPTION_HEADING) {
			assert_true(isupper((unsigned char)row->help[0]) && !row->name);
			continue;
		}
		assert_true(row->name && row->help && row->help[0]);
		for (const struct option_row *other = all.row; other < row; other++)
			if (other->name &&
				(strcmp(other->name, row->name) == 0 || (row->letter && other->letter == row->letter)))
				fail_msg("--%s is there twice", row->name);
		if (row->kind == OPTION_STORES || row->kind == OPTION_WORD || row->kind == OPTION_NUMBER)
			assert_true(row->size == sizeof(bool) || row->size == sizeof(int));
		for (const char *c = row->value; c && *c; c++)
			values += *c == '|';
		assert_true(row->kind != OPTION_STORES || !values);
		assert_true(row->kind != OPTION_WORD || (values > 1 && row->numbers));
		assert_true(row->kind != OPTION_TIME || (row->size == sizeof(uint64_t) && !row->optional));
		assert_true(row->kind != OPTION_GATHERS || row->size == sizeof(struct option_list));
		assert_true(row->kind != OPTION_TEXT || row->size == sizeof(char *));
		assert_true(row->kind != OPTION_CALLS || row->set);
		assert_true(row->kind != OPTION_COMMAND || (row->number > DO_trace && row->number < COMMANDS));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_does_its_own),
		cmocka_unit_test(a_value_may_be_optional),
		cmocka_unit_test(each_kind_refuses_in_its_words),
		cmocka_unit_test(words_of_a_command_are_gathered),
		cmocka_unit_test(groups_are_noted),
		cmocka_unit_test(help_shows_each_row),
		cmocka_unit_test(completions_have_each_row),
		cmocka_unit_test(rows_of_thrtrace_make_sense),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	options_release(&o);
	return failed;
}

/* SPDX-License-Identifier: MIT */
/* The table of options.def, and what few options do that no kind of row can say. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <thrtrace/choice.h>

#include "cmd/judging.h"
#include "cmd/options.h"

/* NAME; or NAME:FILE, one more view in a file of its own. */
static int set_format(struct options *o, const char *value)
{
	const char *file = strchr(value, ':');

	if (!file) {
		o->format = value;
		return 0;
	}
	if (!file[1] || file[1] == '|') {
		snprintf(o->error, sizeof(o->error),
			"--format=%.64s: a file follows the colon (a command: -o '|command')", value);
		return -EINVAL;
	}
	if (o->n_also == ARRAY_SIZE(o->also)) {
		snprintf(o->error, sizeof(o->error), "--format=%.64s: %u views are the most", value, VIEWS_MAX);
		return -EINVAL;
	}
	o->also[o->n_also++] = value;
	return 0;
}

/* signal=..., inject=..., or trace=... and its short forms. */
static int set_choice(struct options *o, const char *value)
{
	enum choice_about about = choice_about(value);

	if (about == CHOICE_OF_SIGNALS)
		o->asked |= GIVEN_SIGNALS;
	else if (about == CHOICE_OF_CALLS)
		o->asked |= GIVEN_CALLS;
	return choice_parse(&o->choice, value, o->error, sizeof(o->error));
}

/* strace has another meaning for the second. */
static int set_follow(struct options *o, const char *value)
{
	(void)value;
	if (o->follow_forks) {
		snprintf(o->error, sizeof(o->error),
			"-ff is strace's: it writes a file for each task: here --format=strace -o FILE, and "
			"awk '{ print > \"FILE.\" $1 }' FILE, do");
		return -EINVAL;
	}
	o->follow_forks = true;
	return 0;
}

/* -t, -tt and -ttt as strace has them. */
static int set_time(struct options *o, const char *value)
{
	(void)value;
	o->view.time = ++o->n_times > 2 ? TIME_EPOCH : TIME_WALL;
	return 0;
}

/* -q and -qq, as strace has them. */
static int set_quiet(struct options *o, const char *value)
{
	(void)value;
	o->view.quiet += o->view.quiet < 2;
	return 0;
}

static int set_count_sort(struct options *o, const char *value)
{
	o->counts_words = true;
	return count_sort_parse(&o->view.count, value, o->error, sizeof(o->error));
}

static int set_count_columns(struct options *o, const char *value)
{
	o->counts_words = true;
	return count_columns_parse(&o->view.count, value, o->error, sizeof(o->error));
}

/* ---- the effects of options.def ---- */

#define PLACE(member) .place = offsetof(struct options, member), .size = sizeof(((struct options *)0)->member)

#define STORES(member, n) .kind = OPTION_STORES, PLACE(member), .number = (n)
#define WORD(member, ...)                                                                                              \
	.kind = OPTION_WORD, PLACE(member), .numbers = (const int[])                                                   \
	{                                                                                                              \
		__VA_ARGS__                                                                                            \
	}
#define NUMBER(member, from, to) .kind = OPTION_NUMBER, PLACE(member), .low = (from), .high = (to)
#define TIME(member)             .kind = OPTION_TIME, PLACE(member)
#define TEXT(member)             .kind = OPTION_TEXT, PLACE(member)
#define GATHERS(member)          .kind = OPTION_GATHERS, PLACE(member)
#define CALLS(function)          .kind = OPTION_CALLS, .set = function
/* After another: a replay must know that it was given. */
#define NOTED(what) .asked = (what)

/* clang-format off */
#define HEADING(text) { .kind = OPTION_HEADING, .help = text },
#define OPTION(letter_, name_, value_, group_, help_, ...) \
	{ .letter = letter_, .name = name_, .value = value_, .group = group_, .help = help_, __VA_ARGS__ },
#define COMMAND(id, letter_, name_, value_, groups, words_, help_, ...) \
	{ .letter = letter_, .name = name_, .value = value_, .group = groups, .words = words_, .help = help_, \
	  .kind = OPTION_COMMAND, .number = DO_##id, __VA_ARGS__ },
/* clang-format on */

static const struct option_row rows[] = {
#include "cmd/options.def"
};

struct option_table option_rows(void)
{
	return (struct option_table){ rows, ARRAY_SIZE(rows) };
}

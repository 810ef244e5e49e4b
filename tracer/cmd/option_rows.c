/* SPDX-License-Identifier: MIT */
/* The table of options.def, and what few options do that no kind of row can say. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <thrtrace/choice.h>

#include "cmd/options.h"

static int add_pid(struct options *o, pid_t pid)
{
	for (size_t i = 0; i < o->n_pids; i++)
		if (o->pids[i] == pid)
			return 0;
	pid_t *grown = realloc(o->pids, (o->n_pids + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	o->pids = grown;
	o->pids[o->n_pids++] = pid;
	return 0;
}

/* Numbers as pidof(1) and pgrep(1) print them. */
static int set_attach(struct options *o, const char *value)
{
	static const char between[] = ", \t\n";
	const char *at = value + strspn(value, between);

	if (!*at) {
		snprintf(o->error, sizeof(o->error),
			"-p needs the number of a process: nothing is named (does what you asked for run?)");
		return -EINVAL;
	}
	while (*at) {
		char *end;
		long pid = strtol(at, &end, 10);
		if (end == at || !(strchr(between, *end)) || *at == '+' || pid < 1 || pid > INT32_MAX) {
			snprintf(o->error, sizeof(o->error), "-p %.64s: it is no number of a process", value);
			return -EINVAL;
		}
		int err = add_pid(o, (pid_t)pid);
		if (err)
			return err;
		at = end + strspn(end, between);
	}
	return 0;
}

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

/* signal=..., or trace=... and its short forms. */
static int set_choice(struct options *o, const char *value)
{
	const char *key = strchr(value, '=');

	o->asked |= key && key - value == 6 ? GIVEN_SIGNALS : GIVEN_CALLS;
	return choice_parse(&o->choice, value, o->error, sizeof(o->error));
}

/* -t, -tt and -ttt as strace has them. */
static int set_time(struct options *o, const char *value)
{
	(void)value;
	o->view.time = o->view.time == TIME_WALL ? TIME_EPOCH : TIME_WALL;
	return 0;
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
#define COMMAND(id, letter_, name_, value_, groups, words_, help_) \
	{ .letter = letter_, .name = name_, .value = value_, .group = groups, .words = words_, .help = help_, \
	  .kind = OPTION_COMMAND, .number = DO_##id },
/* clang-format on */

static const struct option_row rows[] = {
#include "cmd/options.def"
};

struct option_table option_rows(void)
{
	return (struct option_table){ rows, ARRAY_SIZE(rows) };
}

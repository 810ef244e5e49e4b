/* SPDX-License-Identifier: MIT */
#include "cmd/commands.h"

#include <errno.h>
#include <stdio.h>

static const struct {
	const char *option; /* that chooses it; NULL: none does */
	unsigned groups;    /* of the options that go with it */
	int (*run)(struct options *o);
} commands[COMMANDS] = {
/* clang-format off */
#define DEFAULT(id, groups) [DO_##id] = { NULL, groups, id##_cmd },
#define COMMAND(id, letter, name, value, groups, ...) [DO_##id] = { name, groups, id##_cmd },
#include "cmd/options.def"
	/* clang-format on */
};

int command_check(struct options *o)
{
	const char *option = commands[o->command].option;

	if (o->n_also && !(commands[o->command].groups & OF_VIEW)) {
		snprintf(o->error, sizeof(o->error),
			"--format=%.64s is one more view of a trace: --%s makes none; send its output to a file",
			o->also[0], option);
		return -EINVAL;
	}
	for (unsigned i = 0; i < OPTION_GROUPS; i++) {
		const struct option_row *row = o->of_group[i];
		if (!row || (commands[o->command].groups & 1U << i))
			continue;
		snprintf(o->error, sizeof(o->error), "--%s does not go with %s%s", row->name, option ? "--" : "a trace",
			option ? option : "");
		return -EINVAL;
	}
	return 0;
}

int command_run(struct options *o)
{
	return commands[o->command].run(o);
}

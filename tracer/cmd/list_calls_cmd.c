/* SPDX-License-Identifier: MIT */
/* The calls that are followed. */
#include <jansson.h>
#include <stdio.h>

#include <thrtrace/abi.h>
#include <thrtrace/choice.h>

#include "cmd/commands.h"
#include "cmd/print.h"
#include "text/json_values.h"

static void put_text(enum call_id id, int nr)
{
	char number[16] = "-"; /* not on this machine */

	if (nr >= 0)
		snprintf(number, sizeof(number), "%d", nr);
	printf("%-18s %6s ", call_row(id)->name, number);
	for (size_t i = 0; choice_set_name(i); i++)
		if (choice_set_has(i, id))
			printf(" %%%s", choice_set_name(i));
	putchar('\n');
}

static void put_json(enum call_id id, int nr)
{
	json_t *o = json_object(), *sets = json_array();

	js_put(o, "name", json_string(call_row(id)->name));
	js_put(o, "number", nr < 0 ? json_null() : json_integer(nr));
	for (size_t i = 0; choice_set_name(i); i++)
		if (choice_set_has(i, id))
			(void)!json_array_append_new(sets, json_string(choice_set_name(i)));
	js_put(o, "sets", sets);
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

int list_calls_cmd(struct options *o)
{
	int format = print_format(o, (const char *const[]){ "text", "json", NULL });

	if (format < 0)
		return EXIT_OWN;
	if (o->argc) {
		fprintf(stderr, "thrtrace: --list-calls takes no words, as %.40s\n", o->argv[0]);
		return EXIT_OWN;
	}
	for (unsigned i = 0; i < CALL_IDS; i++)
		(format ? put_json : put_text)((enum call_id)i, call_nr(abi_native(), (enum call_id)i));
	return 0;
}

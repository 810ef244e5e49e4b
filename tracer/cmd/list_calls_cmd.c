/* SPDX-License-Identifier: MIT */
/* The calls that are followed. */
#include <jansson.h>
#include <stdio.h>

#include <thrtrace/abi.h>
#include <thrtrace/choice.h>

#include "cmd/commands.h"
#include "cmd/print.h"
#include "text/json_values.h"

static void put_text(const struct call_row *row, int nr)
{
	char number[16] = "-"; /* not on this machine */

	if (nr >= 0)
		snprintf(number, sizeof(number), "%d", nr);
	printf("%-18s %6s ", row->name, number);
	for (size_t i = 0; choice_set_name(i); i++)
		if (row->classes & choice_set_class(i))
			printf(" %%%s", choice_set_name(i));
	puts(row->traits & CALL_CREATES ? " %clone" : "");
}

static void put_json(const struct call_row *row, int nr)
{
	json_t *o = json_object(), *sets = json_array();

	js_put(o, "name", json_string(row->name));
	js_put(o, "number", nr < 0 ? json_null() : json_integer(nr));
	for (size_t i = 0; choice_set_name(i); i++)
		if (row->classes & choice_set_class(i))
			(void)!json_array_append_new(sets, json_string(choice_set_name(i)));
	if (row->traits & CALL_CREATES)
		(void)!json_array_append_new(sets, json_string("clone"));
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
	for (unsigned i = 0; i < CALL_IDS; i++) {
		const struct call_row *row = call_row((enum call_id)i);
		(format ? put_json : put_text)(row, call_nr(abi_native(), (enum call_id)i));
	}
	return 0;
}

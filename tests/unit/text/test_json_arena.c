/* SPDX-License-Identifier: MIT */
/* Memory of JSON values that are made, written and freed together, and of those that live longer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "text/json_arena.h"

static void is_written_as(json_t *o, const char *text)
{
	char *is = json_dumps(o, JSON_COMPACT | JSON_ENCODE_ANY);

	assert_non_null(is);
	assert_string_equal(is, text);
	json_decref(o);
	json_free_t give;
	json_get_alloc_funcs(NULL, &give);
	give(is);
}

static void one_object_after_the_other_is_written(void **state)
{
	char text[64];
	(void)state;

	for (int i = 0; i < 1000; i++) {
		js_arena_begin();
		json_t *o = json_object();
		json_object_set_new(o, "number", json_integer(i));
		json_object_set_new(o, "list", json_pack("[s, s]", "a", "b"));
		snprintf(text, sizeof(text), "{\"number\":%d,\"list\":[\"a\",\"b\"]}", i);
		is_written_as(o, text);
		js_arena_end();
	}
	js_arena_release();
}

static void what_lasts_is_there_after_the_end(void **state)
{
	(void)state;

	json_t *before = json_string("made before");
	js_arena_begin();
	js_lasting_begin();
	json_t *kept = json_pack("[s]", "kept");
	js_lasting_end();
	json_t *o = json_pack("{s: O, s: O}", "kept", kept, "before", before);
	is_written_as(o, "{\"kept\":[\"kept\"],\"before\":\"made before\"}");
	js_arena_end();
	js_arena_begin();
	is_written_as(json_string("in its place"), "\"in its place\"");
	js_arena_end();
	js_arena_release();
	is_written_as(json_incref(kept), "[\"kept\"]");
	json_decref(kept);
	json_decref(before);
}

/* More than there is room for, and one value that is larger than all of it. */
static void what_does_not_fit_is_had_one_by_one(void **state)
{
	static char large[100001];
	(void)state;

	memset(large, 'x', sizeof(large) - 1);
	js_arena_begin();
	json_t *a = json_array();
	for (int i = 0; i < 5000; i++)
		json_array_append_new(a, json_integer(i));
	json_array_append_new(a, json_string(large));
	assert_int_equal(json_array_size(a), 5001);
	assert_int_equal(json_integer_value(json_array_get(a, 4999)), 4999);
	assert_string_equal(json_string_value(json_array_get(a, 5000)), large);
	json_decref(a);
	js_arena_end();
	js_arena_release();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_object_after_the_other_is_written),
		cmocka_unit_test(what_lasts_is_there_after_the_end),
		cmocka_unit_test(what_does_not_fit_is_had_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

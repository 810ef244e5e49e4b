/* SPDX-License-Identifier: MIT */
/* The page: whatever the program has named stays text, in HTML and in the script's data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "teller.h"

#define BLOCK 0x7f0000000000
#define BEGIN "<script type=\"application/json\" id=\"data\">"
#define END   "</script>"

static const char *const evil[] = { "</script><b>", "<!--<script>", "\"'><img src=", "&lt;&amp;&#60;", "</noscript><i>",
	"\\u003c\\\"</", "</title><b>", "\033[31m\n\t\377" };

static const struct task *thread(struct teller *t, const struct task *creator, pid_t tid, const char *name)
{
	taddr low = BLOCK + (taddr)(tid - 100) * 0x200000;
	struct call_clone args = pthread_args(low, 0x100000, low + 0xff000);
	const struct task *task = tell_birth(t, creator, tid, &args, NULL);

	t->ev = (struct event){ .kind = EV_NAMED, .task = task, .u.named = { .comm = name } };
	tell(t);
	return task;
}

/* A program whose words are all evil. */
static void story(struct teller *t)
{
	char *argv[] = { "</h1></script><script>alert(1)</script>", NULL };

	teller_init(t, 1, "html", NULL);
	t->ev = (struct event){ .kind = EV_START,
		.u.start = { .argv = argv, .version = "0", .kernel = "6", .arch = "x86_64", .mode = "filter" } };
	tell(t);
	const struct task *main = tell_program(t, LIBC_GLIBC);
	t->ev = (struct event){ .kind = EV_EXEC,
		.task = main,
		.u.exec = { .path = "/tmp/</script><script>alert(2)//", .comm = evil[0], .former_tid = 100 } };
	tell(t);
	for (unsigned i = 0; i < ARRAY_SIZE(evil); i++)
		tell_end(t, thread(t, main, 101 + (pid_t)i, evil[i]), END_EXIT, 0);
	tell_end(t, main, END_SIGNAL, 11);
	t->ev = (struct event){ .kind = EV_SUMMARY, .u.summary = { .exit_status = -1 } };
	tell(t);
}

static unsigned count(const char *in, const char *what)
{
	unsigned n = 0;

	for (const char *at = in; (at = strstr(at, what)); at += strlen(what))
		n++;
	return n;
}

static void no_name_becomes_markup(void **state)
{
	struct teller t;
	(void)state;

	story(&t);
	const char *page = outbuf_str(teller_out(&t));
	assert_int_equal(count(page, "</script"), 2);
	assert_int_equal(count(page, "<script"), 2);
	assert_int_equal(count(page, "</noscript"), 1);
	assert_int_equal(count(page, "</title"), 1);
	assert_int_equal(count(page, "<!--"), 0);
	assert_int_equal(count(page, "<img"), 0);
	assert_int_equal(count(page, "<script>alert"), 0);
	/* in the list's cells */
	assert_int_equal(count(page, "<td>&lt;/script&gt;&lt;b&gt;</td>"), 2);
	assert_int_equal(count(page, "<td>&amp;lt;&amp;amp;&amp;#60;</td>"), 1);
	assert_int_equal(count(page, "<td>&quot;&#39;&gt;&lt;img src=</td>"), 1);
	teller_release(&t);
}

static void the_page_needs_nothing_else(void **state)
{
	static const char *const outside[] = { "http:", "https:", " src=", "url(", "@import", "fetch(", "XMLHttp",
		"<link" };
	struct teller t;
	(void)state;

	teller_init(&t, 1, "html", NULL);
	tell_program(&t, LIBC_GLIBC);
	t.ev = (struct event){ .kind = EV_SUMMARY };
	tell(&t);
	for (unsigned i = 0; i < ARRAY_SIZE(outside); i++)
		if (count(outbuf_str(teller_out(&t)), outside[i]))
			fail_msg("the page has %s", outside[i]);
	for (const char *c = outbuf_str(teller_out(&t)); *c; c++)
		assert_true((*c >= 0x20 && *c < 0x7f) || *c == '\n' || *c == '\t');
	teller_release(&t);
}

/* The script's data, as a browser gets it. */
static json_t *data_of(struct teller *t)
{
	const char *begin = strstr(outbuf_str(teller_out(t)), BEGIN) + strlen(BEGIN);
	json_error_t err;
	json_t *data = json_loadb(begin, (size_t)(strstr(begin, END) - begin), JSON_REJECT_DUPLICATES, &err);

	if (!data)
		fail_msg("line %d: %s", err.line, err.text);
	return data;
}

/* What row number n of this table has in the column of this name. */
static json_t *value(const json_t *data, const char *table, size_t n, const char *column)
{
	json_t *rows = json_object_get(data, table), *names = json_array_get(rows, 0);

	for (size_t i = 0; i < json_array_size(names); i++)
		if (!strcmp(json_string_value(json_array_get(names, i)), column))
			return json_array_get(json_array_get(rows, n + 1), i);
	fail_msg("%s has no column %s", table, column);
	return NULL;
}

static const char *word(const json_t *data, size_t end, const char *column)
{
	json_t *words = json_object_get(data, "words"), *i = value(data, "ends", end, column);

	return json_string_value(json_array_get(words, (size_t)json_integer_value(i)));
}

static void the_data_has_every_task_and_its_name(void **state)
{
	static const char *const shown[] = { "</script><b>", "<!--<script>", "\"'><img src=", "&lt;&amp;&#60;",
		"</noscript><i>", "\\\\u003c\\\\\"</", "</title><b>", "\\33[31m\\n\\t\\377" };
	struct teller t;
	(void)state;

	story(&t);
	json_t *data = data_of(&t), *births = json_object_get(data, "births"), *ends = json_object_get(data, "ends");
	/* the names of the columns, and the program's first thread */
	assert_int_equal(json_array_size(births), ARRAY_SIZE(evil) + 2);
	assert_int_equal(json_array_size(ends), ARRAY_SIZE(evil) + 2);
	for (size_t i = 0; i < ARRAY_SIZE(shown); i++)
		assert_string_equal(word(data, i, "name"), shown[i]);
	assert_string_equal(word(data, ARRAY_SIZE(evil), "end"), "SIGSEGV");
	assert_non_null(json_object_get(json_object_get(data, "flags"), "CLONE_SETTLS"));
	json_decref(data);
	teller_release(&t);
}

static void a_wait_is_told_once_and_open_at_the_end(void **state)
{
	struct teller t;
	(void)state;

	teller_init(&t, 1, "html", NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC), *one = thread(&t, main, 101, "one");
	thread(&t, main, 102, "two");
	t.call = (struct call){ .id = CALL_futex, .abi = abi_native() };
	for (unsigned i = 0; i < 3; i++) {
		t.ev = (struct event){
			.kind = EV_CALL_BEGIN, .task = main, .u.call = { .call = &t.call, .joins = one }
		};
		tell(&t);
		if (i == 2)
			break;
		t.ev = (struct event){ .kind = EV_CALL,
			.task = main,
			.u.call = {
				.call = &t.call, .how = RESULT_SEEN, .took_ns = 1000, .joins = one, .resumed = true } };
		tell(&t);
	}
	t.ev = (struct event){ .kind = EV_SUMMARY };
	tell(&t);
	json_t *data = data_of(&t), *waits = json_object_get(data, "waits");
	assert_int_equal(json_array_size(waits), 3);
	for (size_t i = 0; i < 3; i++) {
		json_t *wait = json_array_get(waits, i);
		assert_int_equal(json_integer_value(json_array_get(wait, 1)), 1);
		assert_int_equal(json_is_null(json_array_get(wait, 3)), i == 2);
	}
	json_decref(data);
	teller_release(&t);
}

static void a_join_that_comes_late_is_in_its_row(void **state)
{
	struct teller t;
	(void)state;

	teller_init(&t, 16, "html", NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC), *one = thread(&t, main, 101, "one");
	tell_end(&t, one, END_EXIT, 0);
	t.ev = (struct event){
		.kind = EV_NOTED, .task = one, .u.noted = { .note = JOIN_DONE, .by = main, .late = true }
	};
	tell(&t);
	tell_end(&t, main, END_EXIT_GROUP, 0);
	t.ev = (struct event){ .kind = EV_SUMMARY };
	tell(&t);
	json_t *data = data_of(&t), *joins = json_object_get(data, "joins"), *join = json_array_get(joins, 0);
	assert_int_equal(json_array_size(joins), 1);
	assert_int_equal(json_integer_value(json_array_get(join, 0)), 1);
	assert_string_equal(json_string_value(json_array_get(json_object_get(data, "words"),
				    (size_t)json_integer_value(json_array_get(join, 1)))),
		"T0 (late)");
	assert_int_equal(count(outbuf_str(teller_out(&t)), "<td>exit(0)</td><td>T0 (late)</td></tr>"), 1);
	json_decref(data);
	teller_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_name_becomes_markup),
		cmocka_unit_test(the_page_needs_nothing_else),
		cmocka_unit_test(the_data_has_every_task_and_its_name),
		cmocka_unit_test(a_wait_is_told_once_and_open_at_the_end),
		cmocka_unit_test(a_join_that_comes_late_is_in_its_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Which view and output the options choose, and the exit status that a finding gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/view.h"

static char path[] = "/tmp/test_view.XXXXXX";

static uint64_t no_time(void *ctx)
{
	(void)ctx;
	return 1;
}

static void each_format_has_its_view(void **state)
{
	(void)state;
	for (size_t i = 0; sink_at(i); i++) {
		struct options o = { .format = sink_at(i)->name, .output = path, .color = -1 };
		struct run r = { 0 };
		assert_int_equal(view_open(&r, &o), 0);
		assert_int_equal(r.tell.n_views, 1);
		assert_string_equal(r.tell.view[0].sink->ops->name, o.format);
		assert_string_equal(r.tell.view[0].name, path);
		telling_close_views(&r.tell);
	}
}

static void nothing_is_appended_to_a_document(void **state)
{
	unsigned refused = 0;
	(void)state;

	for (size_t i = 0; sink_at(i); i++) {
		struct options o = { .format = sink_at(i)->name, .output = path, .append = true, .color = -1 };
		struct run r = { 0 };
		assert_int_equal(view_open(&r, &o), sink_at(i)->document ? -EINVAL : 0);
		refused += sink_at(i)->document;
		telling_close_views(&r.tell);
	}
	assert_int_equal(refused, 4);
}

static void text_is_the_default(void **state)
{
	struct options o = { .output = path, .color = -1, .view = { .quiet = true, .time = TIME_EPOCH } };
	struct run r = { 0 };
	(void)state;

	assert_int_equal(view_open(&r, &o), 0);
	const struct sink *sink = r.tell.view[0].sink;
	assert_string_equal(sink->ops->name, "text");
	assert_true(sink->config.quiet && sink->config.time == TIME_EPOCH);
	telling_close_views(&r.tell);
}

/* A file has neither colors nor a width, unless they are asked for. */
static void a_file_is_no_terminal(void **state)
{
	static const struct {
		int color;
		bool want;
	} rows[] = { { -1, false }, { 0, false }, { 1, true } };
	(void)state;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct options o = { .output = path, .color = rows[i].color };
		struct run r = { 0 };
		assert_int_equal(view_open(&r, &o), 0);
		assert_int_equal(r.tell.view[0].sink->config.color, rows[i].want);
		assert_int_equal(r.tell.view[0].sink->config.width, 0);
		assert_false(telling_is_eager(&r.tell));
		telling_close_views(&r.tell);
	}
}

static void a_command_reads_it(void **state)
{
	struct options o = { .output = "|cat >/dev/null", .color = -1 };
	struct run r = { 0 };
	(void)state;

	assert_int_equal(view_open(&r, &o), 0);
	assert_true(r.command > 0 && r.tell.view[0].output.command == r.command);
	telling_close_views(&r.tell);
}

/* Standard output is a started program's own; else it is the trace's. */
static void where_it_goes_by_itself(void **state)
{
	static const struct {
		enum command command;
		size_t n_processes;
		const char *output;
		int fd;
	} rows[] = {
		{ DO_trace, 0, NULL, STDERR_FILENO },
		{ DO_trace, 1, NULL, STDOUT_FILENO },
		{ DO_replay, 0, NULL, STDOUT_FILENO },
		{ DO_trace, 0, "-", STDOUT_FILENO },
	};
	(void)state;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct options o = {
			.command = rows[i].command, .processes.n = rows[i].n_processes, .output = rows[i].output
		};
		struct run r = { 0 };
		assert_int_equal(view_open(&r, &o), 0);
		assert_int_equal(r.tell.view[0].output.fd, rows[i].fd);
		telling_close_views(&r.tell);
	}
}

/* Each format into a file of its own, beside the first; every file has what it has alone. */
static void several_views_at_once(void **state)
{
	char json[] = "/tmp/test_view_json.XXXXXX", word[64], bytes[256] = "";
	int fd = mkstemp(json);
	(void)state;

	assert_true(fd >= 0);
	snprintf(word, sizeof(word), "json:%s", json);
	struct options o = { .output = path, .color = -1, .also = { word }, .n_also = 1 };
	struct run r = { .tell.clock = { no_time, NULL } };
	assert_int_equal(view_open(&r, &o), 0);
	assert_int_equal(telling_begin(&r.tell, 1, r.tell.clock, 0), 0);
	assert_int_equal(r.tell.n_views, 2);
	struct event ev = { .kind = EV_START,
		.u.start = { .version = "1", .kernel = "6", .arch = "x", .mode = "all" } };
	assert_int_equal(telling_tell(&r.tell, &ev, true), 0);
	assert_int_equal(telling_idle(&r.tell), 0);
	assert_true(read(fd, bytes, sizeof(bytes) - 1) > 0);
	assert_non_null(strstr(bytes, "\"event\":\"start\""));
	close(fd);

	/* One that fails is left out and named; the other goes on. */
	r.tell.view[1].error = -ENOSPC;
	assert_int_equal(telling_tell(&r.tell, &ev, true), 0);
	assert_int_equal(view_conclude(&r, 0), -ENOSPC);
	assert_true(view_has_told(&r, -ENOSPC));
	assert_false(view_has_told(&r, -EIO)); /* of the trace, not of a view */
	r.tell.view[0].error = -EPIPE;
	assert_int_equal(telling_tell(&r.tell, &ev, true), -EPIPE);
	telling_release(&r.tell);
	telling_close_views(&r.tell);
	remove(json);
}

static void a_file_is_for_one_view(void **state)
{
	char word[64];
	struct run r = { 0 };
	(void)state;

	snprintf(word, sizeof(word), "json:%s", path);
	struct options o = { .output = path, .color = -1, .also = { word }, .n_also = 1 };
	assert_int_equal(view_open(&r, &o), -EINVAL);
	telling_close_views(&r.tell);
}

static void what_can_not_be_opened_is_an_error(void **state)
{
	struct options no_format = { .format = "markdown", .output = path };
	struct options no_folder = { .output = "/no/such/folder/file" };
	struct run r = { 0 };
	(void)state;

	assert_int_equal(view_open(&r, &no_format), -EINVAL);
	assert_int_equal(view_open(&r, &no_folder), -ENOENT);
	assert_int_equal(r.tell.n_views, 0);
}

static void a_finding_decides_the_status(void **state)
{
	/* A kind of each severity. */
	static const char *const kinds[SEVERITIES] = { "deadlock", "records-lost", "setid-lost" };
	static const struct {
		uint64_t findings[SEVERITIES]; /* errors, warnings, notes */
		bool ended;
		int wstatus, asked, least, want;
	} rows[] = {
		{ { 0 }, true, 0, 9, SEVERITY_NOTE, 0 },
		{ { 1 }, true, 0, 9, SEVERITY_NOTE, 9 },
		{ { 1 }, true, 0, 0, SEVERITY_NOTE, 0 },
		{ { 2 }, true, 3 << 8, 9, SEVERITY_NOTE, 9 }, /* in place of the program's own */
		{ { 2 }, true, 11, 9, SEVERITY_NOTE, 0 },     /* SIGSEGV says enough */
		{ { 2 }, false, 0, 9, SEVERITY_NOTE, 9 },     /* -p */
		{ { 0, 0, 1 }, true, 0, 9, SEVERITY_NOTE, 9 },
		{ { 0, 0, 1 }, true, 0, 9, SEVERITY_WARNING, 0 },
		{ { 0, 1, 1 }, true, 0, 9, SEVERITY_WARNING, 9 },
		{ { 0, 1, 1 }, true, 0, 9, SEVERITY_ERROR, 0 },
		{ { 1, 0, 0 }, true, 0, 9, SEVERITY_ERROR, 9 },
	};
	(void)state;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct options o = { .error_exitcode = rows[i].asked, .error_severity = rows[i].least };
		struct run r = { .main = { .ended = rows[i].ended, .wstatus = rows[i].wstatus } };
		for (int j = 0; j < SEVERITIES; j++) {
			const struct finding_row *row = finding_row_of(kinds[j], strlen(kinds[j]));
			assert_int_equal(row->severity, j);
			r.tell.findings.new_of[finding_row_place(row)] = rows[i].findings[j];
		}
		assert_int_equal(view_found(&r, &o), rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_format_has_its_view),
		cmocka_unit_test(nothing_is_appended_to_a_document),
		cmocka_unit_test(text_is_the_default),
		cmocka_unit_test(a_file_is_no_terminal),
		cmocka_unit_test(a_command_reads_it),
		cmocka_unit_test(where_it_goes_by_itself),
		cmocka_unit_test(several_views_at_once),
		cmocka_unit_test(a_file_is_for_one_view),
		cmocka_unit_test(what_can_not_be_opened_is_an_error),
		cmocka_unit_test(a_finding_decides_the_status),
	};
	int fd = mkstemp(path);

	if (fd < 0)
		return 77;
	close(fd);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}

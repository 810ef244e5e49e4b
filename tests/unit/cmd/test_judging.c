/* SPDX-License-Identifier: MIT */
/* Which findings fail a trace: --fail-on, --ignore, --baseline. */
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

#include "cmd/judging.h"

static const struct finding_row *row_of(const char *id)
{
	const struct finding_row *row = finding_row_of(id, strlen(id));

	assert_non_null(row);
	return row;
}

static void what_fails_is_named_by_kind_or_severity(void **state)
{
	static const struct {
		const char *fail_on, *found;
		int exitcode, want;
	} rows[] = {
		{ "error", "deadlock", 0, EXIT_FOUND },
		{ "error", "deadlock", 9, 9 },
		{ "error", "records-lost", 0, 0 },
		{ "warning", "records-lost", 0, EXIT_FOUND },
		{ "warning", "deadlock", 0, EXIT_FOUND },
		{ "warning", "setid-lost", 0, 0 },
		{ "note", "setid-lost", 0, EXIT_FOUND },
		{ "none", "deadlock", 9, 0 },
		{ "deadlock", "owner-gone", 0, 0 },
		{ "owner-gone,deadlock", "deadlock", 0, EXIT_FOUND },
		{ "error,records-lost", "records-lost", 0, EXIT_FOUND },
		{ NULL, "deadlock", 0, 0 },
		{ NULL, "deadlock", 5, 5 },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct options o = { .error_exitcode = rows[i].exitcode, .error_severity = SEVERITY_NOTE };
		struct findings f = { .n = 0 };
		if (rows[i].fail_on)
			assert_int_equal(judging_fail_on(&o, rows[i].fail_on), 0);
		assert_int_equal(judging_status(&f, &o), 0);
		f.new_of[finding_row_place(row_of(rows[i].found))] = 2;
		if (judging_status(&f, &o) != rows[i].want)
			fail_msg("%s, %s: %d", rows[i].fail_on, rows[i].found, judging_status(&f, &o));
	}
}

static void what_is_no_kind_is_refused(void **state)
{
	static const char *const bad[] = { "", "errors", "deadlock,", "deadlock,,error", "dead-lock", "*" };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct options o = { .error_exitcode = 0 };
		assert_int_equal(judging_fail_on(&o, bad[i]), -EINVAL);
		assert_non_null(strstr(o.error, "--findings"));
	}
}

/* A worker that main made. */
static struct task worker = {
	.comm = "pool-12", .at = { .symbol = "run_worker" }, .made_at = { .symbol = "start_pool" }
};

static enum finding_standing standing(const struct options *o, const char *id)
{
	struct finding_judge judge = { NULL, NULL };
	struct finding f = { .row = row_of(id), .task = &worker };

	assert_int_equal(judging_begin(&judge, o), 0);
	enum finding_standing ret = judge.judge ? judge.judge(judge.ctx, &f) : FINDING_NEW;
	judging_release(&judge);
	assert_null(judge.ctx);
	return ret;
}

static enum finding_standing ignoring(const char *rule, const char *id)
{
	char *rules[] = { (char *)(uintptr_t) "owner-gone:nobody", (char *)(uintptr_t)rule };
	struct options o = { .ignore = { rules, 2 } };

	return standing(&o, id);
}

static void a_rule_looks_at_name_routine_and_creator(void **state)
{
	(void)state;
	assert_int_equal(ignoring("deadlock:^pool-", "deadlock"), FINDING_IGNORED);
	assert_int_equal(ignoring("deadlock:run_w", "deadlock"), FINDING_IGNORED);
	assert_int_equal(ignoring("deadlock:^(a|start)_pool$", "deadlock"), FINDING_IGNORED);
	assert_int_equal(ignoring("*:worker", "deadlock"), FINDING_IGNORED);
	assert_int_equal(ignoring("deadlock:main", "deadlock"), FINDING_NEW);
	assert_int_equal(ignoring("deadlock:pool", "setid-lost"), FINDING_NEW);
}

static void a_rule_that_is_none_is_refused(void **state)
{
	static const char *const bad[] = { "deadlock", "nothing:x", "deadlock:(", ":x" };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char *rules[] = { (char *)(uintptr_t)bad[i] };
		struct options o = { .ignore = { rules, 1 } };
		struct finding_judge judge = { NULL, NULL };
		assert_int_equal(judging_begin(&judge, &o), -EINVAL);
		assert_null(judge.ctx);
	}
}

static int with_baseline(const char *text, struct options *o)
{
	static char path[] = "/tmp/test_judging.XXXXXX";

	strcpy(path + strlen(path) - 6, "XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	*o = (struct options){ .baseline = path, .fail_on = "error" };
	return fd;
}

static void a_baseline_is_json_or_fingerprints(void **state)
{
	struct options o;
	(void)state;

	with_baseline("# ours\n\nowner-gone of pool-# running run_worker made by start_pool\n"
		      "{\"event\":\"start\"}\n"
		      "{\"event\":\"finding\",\"fingerprint\":\"deadlock of pool-# running run_worker made by "
		      "start_pool\"}\n",
		&o);
	assert_int_equal(standing(&o, "deadlock"), FINDING_KNOWN);
	assert_int_equal(standing(&o, "owner-gone"), FINDING_KNOWN);
	assert_int_equal(standing(&o, "setid-lost"), FINDING_NEW);
	unlink(o.baseline);
	with_baseline("{ half\n", &o);
	struct finding_judge judge = { NULL, NULL };
	assert_int_equal(judging_begin(&judge, &o), -EINVAL);
	unlink(o.baseline);
	assert_int_equal(judging_begin(&judge, &o), -EINVAL); /* it is gone */
	/* What is to fail is not said: a test that never fails is not what was meant. */
	o.fail_on = NULL;
	assert_int_equal(judging_begin(&judge, &o), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_fails_is_named_by_kind_or_severity),
		cmocka_unit_test(what_is_no_kind_is_refused),
		cmocka_unit_test(a_rule_looks_at_name_routine_and_creator),
		cmocka_unit_test(a_rule_that_is_none_is_refused),
		cmocka_unit_test(a_baseline_is_json_or_fingerprints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* What is said against what was seen: the judge, the page, and the accepted word next to a refused one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include <thrtrace/trial.h>

static size_t row_of(const char *key)
{
	for (size_t i = 0; i < trial_rows(); i++)
		if (strcmp(trial_key(i), key) == 0)
			return i;
	fail_msg("no row %s", key);
	return 0;
}

static struct flag_word word_of(const char *text, unsigned call)
{
	char why[WORD_ERROR_LEN];
	struct flag_word w = { .word = 0 };

	if (flag_word_parse(&w, text, strlen(text), call, why))
		fail_msg("%s: %s", text, why);
	return w;
}

static void judge_holds_what_was_seen_against_what_is_said(void **state)
{
	struct trial_said said = { SHARE_COPIED, "" };
	struct tried tried = { .seen = 0 };
	(void)state;

	assert_int_equal(trial_judge(&said, &tried), TRIAL_NOT_TRIED);
	assert_int_equal(trial_state_seen(&said, &tried), TRIAL_STATES);
	tried.seen = SEEN(SHARE_SHARED);
	assert_int_equal(trial_judge(&said, &tried), TRIAL_DIFFERS);
	assert_int_equal(trial_state_seen(&said, &tried), SHARE_SHARED);
	tried.seen |= SEEN(SHARE_COPIED);
	assert_int_equal(trial_judge(&said, &tried), TRIAL_AGREES);
	assert_int_equal(trial_state_seen(&said, &tried), SHARE_COPIED);
}

static void promises_are_kept_by_their_flag(void **state)
{
	struct flag_word with = word_of("vm|vfork|SIGCHLD", 0), without = word_of("vm", 0);
	(void)state;

	assert_int_equal(trial_said(row_of("vfork_wait"), &with).state, TRIAL_YES);
	assert_int_equal(trial_said(row_of("vfork_wait"), &without).state, TRIAL_NO);
	assert_int_equal(trial_said(row_of("address_space"), &with).state, SHARE_SHARED);
}

static void who_is_told_of_the_end_hangs_on_the_word(void **state)
{
	static const struct {
		const char *word;
		unsigned signal, wait;
	} cases[] = { { "SIGCHLD", TRIAL_YES, TRIAL_YES }, { "vm|SIGUSR1", TRIAL_YES, TRIAL_NO },
		{ "vm", TRIAL_NO, TRIAL_NO }, { "100", TRIAL_NO, TRIAL_NO }, { "parent", TRIAL_NO, TRIAL_NO },
		{ "newpid|vm|sighand|SIGCHLD", TRIAL_NO, TRIAL_NO }, { "newpid|vm|SIGCHLD", TRIAL_YES, TRIAL_YES },
		{ "newpid|vm|sighand|SIGUSR1", TRIAL_YES, TRIAL_NO },
		{ "vm|sighand|thread|SIGCHLD", TRIAL_NO, TRIAL_NO } };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct flag_word w = word_of(cases[i].word, ON_CLONE);
		assert_int_equal(trial_said(row_of("exit_signal"), &w).state, cases[i].signal);
		assert_int_equal(trial_said(row_of("plain_wait"), &w).state, cases[i].wait);
	}
}

static void unshare_is_about_what_it_can_part(void **state)
{
	struct flag_word w = word_of("fs|newipc", ON_UNSHARE), pid = word_of("newpid", ON_UNSHARE);
	(void)state;

	assert_int_equal(trial_said(row_of("fs"), &w).state, SHARE_COPIED);
	assert_int_equal(trial_said(row_of("files"), &w).state, SHARE_SHARED);
	assert_int_equal(trial_said(row_of("ns_ipc"), &w).state, SHARE_FRESH);
	assert_int_equal(trial_said(row_of("sysvsem"), &w).state, SHARE_NONE);    /* implied */
	assert_int_equal(trial_said(row_of("ns_pid"), &pid).state, SHARE_SHARED); /* its children's */
	assert_true(trial_concerns(row_of("credentials"), &w));
	assert_false(trial_concerns(row_of("address_space"), &w));
	assert_false(trial_concerns(row_of("vfork_wait"), &w));
}

static void nearest_adds_before_it_drops(void **state)
{
	static const struct {
		const char *word, *near;
		unsigned call;
	} cases[] = { { "thread", "thread|sighand|vm", 0 }, { "sighand", "sighand|vm", 0 },
		{ "newuser|fs", "newuser", 0 }, { "autoreap|SIGCHLD|vm", "vm|SIGCHLD", ON_CLONE3 } };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct explain_query q = { .who = { .kernel = LINUX(6, 18, 0), .sys_admin = FACT_YES } };
		q.word = word_of(cases[i].word, cases[i].call);
		struct flag_word want = word_of(cases[i].near, cases[i].call), got;
		assert_true(trial_nearest(&got, &q));
		if (got.flags != want.flags || got.exit_signal != want.exit_signal)
			fail_msg("%s: 0x%llx", cases[i].word, (unsigned long long)got.word);
	}
}

static struct outbuf page_of(struct trial *t, enum page_format format, size_t *ret_differ)
{
	struct outbuf out;

	t->query.who = (struct caller_facts){ .kernel = LINUX(6, 18, 0), .sys_admin = FACT_YES };
	t->query.who_text = "a test";
	outbuf_init(&out, 1 << 20);
	*ret_differ = trial_page(&out, t, format);
	assert_int_equal(outbuf_status(&out), 0);
	return out;
}

static void a_difference_is_marked_and_counted(void **state)
{
	struct tried *tried = calloc(trial_rows(), sizeof(*tried));
	struct trial t = { .query.word = word_of("vm|SIGCHLD", 0), .tried = tried };
	size_t differ;
	(void)state;

	assert_non_null(tried);
	tried[row_of("address_space")] = (struct tried){ .seen = SEEN(SHARE_COPIED), .evidence = "as seen" };
	tried[row_of("maps")] = (struct tried){ .seen = SEEN(SHARE_SHARED), .evidence = "as said" };
	struct outbuf out = page_of(&t, PAGE_TEXT, &differ);
	assert_int_equal(differ, 1);
	assert_non_null(strstr(outbuf_str(&out), "\n!!address space             shared  copied  as seen\n"));
	assert_non_null(strstr(outbuf_str(&out), "\n  page tables, mappings     shared  shared  as said\n"));
	assert_non_null(strstr(outbuf_str(&out), "\n1 seen as said, 1 not as said, "));
	outbuf_release(&out);
	out = page_of(&t, PAGE_JSON, &differ);
	assert_int_equal(differ, 1);
	assert_non_null(strstr(outbuf_str(&out), "\"seen\":\"copied\",\"agrees\":false"));
	outbuf_release(&out);
	free(tried);
}

static void a_refusal_that_was_not_foretold_differs(void **state)
{
	struct trial t = { .query.word = word_of("thread", 0), .refused = 22 };
	size_t differ;
	(void)state;

	struct outbuf out = page_of(&t, PAGE_TEXT, &differ);
	assert_int_equal(differ, 0);
	assert_non_null(strstr(outbuf_str(&out), "rule       thread-needs-sighand\n"));
	assert_non_null(strstr(outbuf_str(&out), "nearest    0x10900 = "));
	outbuf_release(&out);
	t.refused = 1;
	out = page_of(&t, PAGE_TEXT, &differ);
	assert_int_equal(differ, 1);
	assert_non_null(strstr(outbuf_str(&out), "  !!         said was EINVAL"));
	outbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judge_holds_what_was_seen_against_what_is_said),
		cmocka_unit_test(promises_are_kept_by_their_flag),
		cmocka_unit_test(who_is_told_of_the_end_hangs_on_the_word),
		cmocka_unit_test(unshare_is_about_what_it_can_part),
		cmocka_unit_test(nearest_adds_before_it_drops),
		cmocka_unit_test(a_difference_is_marked_and_counted),
		cmocka_unit_test(a_refusal_that_was_not_foretold_differs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include <thrtrace/explain.h>

static int parse(struct flag_word *w, const char *text, unsigned call, char *err)
{
	return flag_word_parse(w, text, strlen(text), call, err);
}

static void words_are_parsed(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		unsigned given;
		enum flag_call call;
		uint64_t flags, sig, unknown;
	} cases[] = {
		{ "0x3d0f00", 0, ON_CLONE, 0x3d0f00, 0, 0 },
		{ "0x4111", 0, ON_CLONE, 0x4100, 17, 0 },
		{ "16657", 0, ON_CLONE, 0x4100, 17, 0 },
		{ "040421", 0, ON_CLONE, 0x4100, 17, 0 },
		{ "CLONE_VM|CLONE_VFORK|SIGCHLD", 0, ON_CLONE, 0x4100, 17, 0 },
		{ "vm, vfork 17", 0, ON_CLONE, 0x4100, 17, 0 },
		{ "vm|clear_sighand|sigchld", 0, ON_CLONE3, UINT64_C(0x100000100), 17, 0 },
		{ "0x80", 0, ON_CLONE, 0, 0x80, 0 },
		{ "0x91", ON_CLONE3, ON_CLONE3, 0x80, 0x11, 0 },
		{ "newtime", 0, ON_CLONE3, 0x80, 0, 0 },
		{ "newtime", ON_CLONE, ON_CLONE, 0, 0x80, 0 },
		{ "0x80", ON_UNSHARE, ON_UNSHARE, 0x80, 0, 0 },
		{ "0x11", ON_UNSHARE, ON_UNSHARE, 0x11, 0, 0x11 },
		{ "unshare_empty_mntns", 0, ON_UNSHARE, 0x100000, 0, 0 },
		{ "vfork", ON_SETNS, ON_SETNS, 0x4000, 0, 0x4000 },
		{ "0x8000000000000000", 0, ON_CLONE3, UINT64_C(1) << 63, 0, UINT64_C(1) << 63 },
		{ "detached|vm", 0, ON_CLONE, 0x400100, 0, 0 },
		{ "0", 0, ON_CLONE, 0, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char err[WORD_ERROR_LEN] = "";
		struct flag_word w;
		assert_int_equal(parse(&w, cases[i].text, cases[i].given, err), 0);
		assert_int_equal(w.call, cases[i].call);
		assert_true(w.flags == cases[i].flags);
		assert_true(w.exit_signal == cases[i].sig);
		assert_true(w.unknown == cases[i].unknown);
		assert_true(w.word == (w.flags | w.exit_signal));
	}
}

static void bad_words_are_refused_with_help(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		unsigned call;
		const char *help;
	} cases[] = {
		{ "", 0, "no flag word" },
		{ " | ", 0, "no flag word" },
		{ "0x", 0, "not a number" },
		{ "12z", 0, "not a number" },
		{ "089", 0, "not a number" },
		{ "0x10000000000000000", 0, "64 bits" },
		{ "CLONE_SIGHNAD", 0, "did you mean CLONE_SIGHAND?" },
		{ "thraed|vm", 0, "did you mean CLONE_THREAD?" },
		{ "qqqqqqqq", 0, "no flag is called 'qqqqqqqq'" },
		{ "SIGNOTHING", 0, "no signal is called" },
		{ "SIGCHLD|SIGHUP", 0, "second exit signal" },
		{ "CLONE_PID", 0, "gone from Linux" },
		{ "CLONE_STOPPED", 0, "gone from Linux" },
		{ "SIGCHLD", ON_UNSHARE, "no exit signal" },
		{ "UNSHARE_EMPTY_MNTNS", ON_CLONE3, "unshare only" },
		{ "-1", 0, "no flag is called" },
		{ "\x1b[31m", 0, "'?[31m'" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char err[WORD_ERROR_LEN] = "";
		struct flag_word w;
		assert_int_equal(parse(&w, cases[i].text, cases[i].call, err), -EINVAL);
		assert_non_null(strstr(err, cases[i].help));
	}
}

static struct resource_share find(const char *key, uint64_t flags)
{
	size_t n;
	const struct resource_row *rows = resource_rows(&n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].key, key) == 0)
			return resource_share(i, flags);
	fail_msg("no resource %s", key);
	return resource_share(0, 0);
}

static void every_row_is_complete(void **state)
{
	(void)state;
	size_t n;
	const struct resource_row *rows = resource_rows(&n);

	for (size_t i = 0; i < n; i++) {
		assert_true(rows[i].source[0] && rows[i].see[0] && rows[i].per[0] && rows[i].title[0]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(rows[i].key, rows[j].key);
		for (unsigned bit = 0; bit < 64; bit++)
			assert_true(resource_share(i, UINT64_C(1) << bit).text[0] != '\0');
		assert_true(resource_share(i, 0).text[0] != '\0');
	}
	assert_string_equal(resource_share(n, 0).text, "");
}

static void resources_follow_the_flags(void **state)
{
	(void)state;
	static const struct {
		const char *key;
		uint64_t flags;
		enum share_state is;
	} cases[] = {
		{ "address_space", 0x3d0f00, SHARE_SHARED },
		{ "address_space", 0, SHARE_COPIED },
		{ "signal_mask", 0x3d0f00, SHARE_COPIED },
		{ "signal_handlers", 0x900, SHARE_SHARED },
		{ "signal_handlers", CLONE_CLEAR_SIGHAND_, SHARE_FRESH },
		{ "parent", 0, SHARE_FRESH },
		{ "parent", CLONE_PARENT_, SHARE_PARENT },
		{ "stack", 0x4100, SHARE_PARENT },
		{ "stack", 0x100, SHARE_FRESH },
		{ "stack", 0, SHARE_COPIED },
		{ "errno", 0x100, SHARE_SHARED },
		{ "errno", 0x3d0f00, SHARE_FRESH },
		{ "rseq", 0x4100, SHARE_NONE },
		{ "rseq", 0, SHARE_COPIED },
		{ "altstack", 0x100, SHARE_NONE },
		{ "altstack", 0x4100, SHARE_PARENT },
		{ "ns_time", 0x180, SHARE_SHARED },
		{ "ns_time", 0x80, SHARE_FRESH },
		{ "robust_list", 0x3d0f00, SHARE_NONE },
		{ "credentials", 0x3d0f00, SHARE_COPIED },
		{ "timers", 0x3d0f00, SHARE_SHARED },
		{ "timers", 0, SHARE_NONE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(find(cases[i].key, cases[i].flags).state, cases[i].is);
}

static void unshare_takes_more_than_it_is_given(void **state)
{
	static const struct {
		uint64_t given, implied;
	} cases[] = {
		{ CLONE_NEWUSER_, CLONE_THREAD_ | CLONE_FS_ },
		{ CLONE_NEWUSER_ | CLONE_FS_, CLONE_THREAD_ },
		{ CLONE_NEWNS_, CLONE_FS_ },
		{ UNSHARE_EMPTY_MNTNS_, CLONE_NEWNS_ | CLONE_FS_ },
		{ CLONE_NEWIPC_, CLONE_SYSVSEM_ },
		{ CLONE_VM_, CLONE_SIGHAND_ | CLONE_THREAD_ },
		{ CLONE_SIGHAND_, CLONE_THREAD_ },
		{ CLONE_FILES_ | CLONE_NEWNET_, 0 },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_true(unshare_implies(cases[i].given) == cases[i].implied);
}

/* Only the kernel's stack is nobody's to see. */
static void each_resource_names_its_experiment(void **state)
{
	size_t n, without = 0;
	const struct resource_row *rows = resource_rows(&n);
	(void)state;

	for (size_t i = 0; i < n; i++) {
		bool tried;
		const char *text = resource_experiment(&rows[i], &tried);
		if (!*text)
			fail_msg("%s: neither an experiment nor a reason", rows[i].key);
		without += !tried;
	}
	assert_int_equal(without, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_resource_names_its_experiment),
		cmocka_unit_test(unshare_takes_more_than_it_is_given),
		cmocka_unit_test(words_are_parsed),
		cmocka_unit_test(bad_words_are_refused_with_help),
		cmocka_unit_test(every_row_is_complete),
		cmocka_unit_test(resources_follow_the_flags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

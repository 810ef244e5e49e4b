/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <linux/sched.h>

#include <thrtrace/explain.h>
#include <thrtrace/tables.h>

static const char *text_of(struct outbuf *out)
{
	assert_int_equal(outbuf_status(out), 0);
	return outbuf_str(out);
}

static void rows_are_complete(void **state)
{
	(void)state;
	size_t n;
	const struct clone_flag *rows = clone_flag_rows(&n);

	assert_true(n >= 34);
	for (size_t i = 0; i < n; i++) {
		assert_true(rows[i].source[0] != '\0');
		assert_true(rows[i].set[0] != '\0' && rows[i].clear[0] != '\0');
		assert_true(rows[i].calls != 0);
		assert_true(rows[i].since >= LINUX(2, 0, 0) && rows[i].since <= LINUX(7, 1, 0));
		assert_true(!rows[i].until || rows[i].until > rows[i].since);
		assert_false((rows[i].needs | rows[i].excludes) & rows[i].value);
		assert_true(i == 0 || rows[i - 1].value <= rows[i].value);
	}
}

static void macros_agree_with_rows(void **state)
{
	(void)state;
	const struct clone_flag *f = clone_flag_by_name("NEWTIME", 7);

	assert_true(f->value == CLONE_NEWTIME_);
#define CLONE_FLAG(val, name, since, until, ...)                                                                       \
	if (!(until) || val == 0x400000)                                                                               \
		assert_true(name##_ == UINT64_C(val));
#define CLONE_PID_     UINT64_C(0x1000)
#define CLONE_STOPPED_ UINT64_C(0x2000000)
#include "tables/clone_flags.def"
#undef CLONE_FLAG
}

/* The names are matched by the preprocessor: what this header has and the table has not would stay a CLONE_ name. */
static void installed_header_agrees(void **state)
{
	(void)state;
#define HAS(name)                                                                                                      \
	do {                                                                                                           \
		const struct clone_flag *row = clone_flag_by_name(#name, strlen(#name));                               \
		assert_non_null(row);                                                                                  \
		assert_true(row->value == (uint64_t)name);                                                             \
	} while (0);
#include "clone_names.inc"
#undef HAS
}

static void living_meaning_wins(void **state)
{
	(void)state;
	assert_string_equal(clone_flag_of(0x1000, ON_CLONE)->name, "CLONE_PIDFD");
	assert_string_equal(clone_flag_of(0x2000000, ON_CLONE)->name, "CLONE_NEWCGROUP");
	assert_string_equal(clone_flag_of(0x400000, ON_CLONE)->name, "CLONE_DETACHED");
	assert_string_equal(clone_flag_of(0x100000, ON_UNSHARE)->name, "UNSHARE_EMPTY_MNTNS");
	assert_string_equal(clone_flag_of(0x100000, ON_CLONE3)->name, "CLONE_PARENT_SETTID");
	assert_null(clone_flag_of(0x80, ON_CLONE));
	assert_null(clone_flag_of(UINT64_C(1) << 50, ON_CLONE3));
}

static void names_are_found_in_any_case(void **state)
{
	(void)state;
	assert_true(clone_flag_by_name("vm", 2)->value == CLONE_VM_);
	assert_true(clone_flag_by_name("clone_SigHand", 13)->value == CLONE_SIGHAND_);
	assert_true(clone_flag_by_name("unshare_empty_mntns", 19)->value == UNSHARE_EMPTY_MNTNS_);
	assert_null(clone_flag_by_name("VMX", 3));
	assert_null(clone_flag_by_name("", 0));
}

static void misspelt_names_are_guessed(void **state)
{
	(void)state;
	assert_string_equal(clone_flag_nearest("CLONE_SIGHNAD", 13)->name, "CLONE_SIGHAND");
	assert_string_equal(clone_flag_nearest("CLONE_THRAED", 12)->name, "CLONE_THREAD");
	assert_string_equal(clone_flag_nearest("NEWNSS", 6)->name, "CLONE_NEWNS");
	assert_null(clone_flag_nearest("XYZZYQQ", 7));
	assert_null(clone_flag_nearest("", 0));
}

static void words_are_formatted(void **state)
{
	(void)state;
	static const struct {
		enum flag_call call;
		uint64_t flags, sig;
		const char *text;
	} cases[] = {
		{ ON_CLONE3, 0, 0, "0" },
		{ ON_CLONE, 0, 17, "SIGCHLD" },
		{ ON_CLONE, 0x4100, 17, "CLONE_VM|CLONE_VFORK|SIGCHLD" },
		{ ON_CLONE3, UINT64_C(0x8000000100000180), 0,
			"CLONE_NEWTIME|CLONE_VM|CLONE_CLEAR_SIGHAND|0x8000000000000000" },
		{ ON_UNSHARE, 0x120000, 0, "CLONE_NEWNS|UNSHARE_EMPTY_MNTNS" },
		{ ON_CLONE, 0x100, 128, "CLONE_VM|128" },
		{ ON_CLONE, 0x100, 40, "CLONE_VM|SIGRT_8" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct outbuf out;
		outbuf_init(&out, 4096);
		clone_word_format(&out, cases[i].call, cases[i].flags, cases[i].sig);
		assert_string_equal(text_of(&out), cases[i].text);
		outbuf_release(&out);
	}
}

static void kernel_versions_are_parsed(void **state)
{
	(void)state;
	assert_true(kernel_version_parse("6.18.44-fc") == LINUX(6, 18, 44));
	assert_true(kernel_version_parse("7.1-rc3") == LINUX(7, 1, 0));
	assert_true(kernel_version_parse("4.14.300") == LINUX(4, 14, 255));
	assert_true(kernel_version_parse("linux") == 0);
	assert_true(kernel_version_parse("6") == 0);
	assert_true(kernel_version_parse("99999999999999.1") == 0);
	const char *debian = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-07-02)";
	assert_true(kernel_version_of("6.1.0-50-amd64", debian) == LINUX(6, 1, 176));
	assert_true(kernel_version_of("6.18.44-fc", debian) == LINUX(6, 18, 44));
	assert_true(kernel_version_of("6.18.44-fc", "#1 SMP") == LINUX(6, 18, 44));
}

static void validity_follows_the_kernel(void **state)
{
	(void)state;
	assert_false(clone_flags_valid(ON_CLONE3, LINUX(6, 18, 0)) & CLONE_AUTOREAP_);
	assert_true(clone_flags_valid(ON_CLONE3, LINUX(7, 1, 0)) & CLONE_AUTOREAP_);
	assert_false(clone_flags_valid(ON_CLONE3, 0) & CLONE_DETACHED_);
	assert_true(clone_flags_valid(ON_UNSHARE, LINUX(7, 1, 0)) & UNSHARE_EMPTY_MNTNS_);
	assert_false(clone_flags_valid(ON_UNSHARE, LINUX(6, 18, 0)) & UNSHARE_EMPTY_MNTNS_);
}

static void sorts_are_told_apart(void **state)
{
	(void)state;
	static const struct {
		uint64_t flags;
		enum task_sort sort;
		const char *text;
	} cases[] = {
		{ 0x3d0f00, TASK_SORT_THREAD, "a POSIX thread" },
		{ 0x7d0f00, TASK_SORT_THREAD, "a POSIX thread" },
		{ 0xd0f00, TASK_SORT_GO_M, "a thread with the flags that Go's runtime uses" },
		{ 0x50f00, TASK_SORT_GO_M, "a thread with the flags that Go's runtime uses" },
		{ 0x10900, TASK_SORT_ODD_THREAD, NULL },
		{ 0x1200000, TASK_SORT_PROCESS, "a process, as by fork" },
		{ 0x4100, TASK_SORT_VFORK, "a vfork or posix_spawn child" },
		{ UINT64_C(0x100004100), TASK_SORT_VFORK, "a vfork or posix_spawn child" },
		{ 0xf00, TASK_SORT_LINUXTHREADS, "a LinuxThreads-style task" },
		{ 0x30020000, TASK_SORT_NAMESPACE, "a process in namespaces of its own: user, mount and pid" },
		{ 0x400, TASK_SORT_ODD, "an unusual process: it shares the descriptor table with its creator" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct outbuf out;
		outbuf_init(&out, 4096);
		assert_int_equal(task_sort_of(cases[i].flags), cases[i].sort);
		task_sort_format(&out, cases[i].flags);
		if (cases[i].text)
			assert_string_equal(text_of(&out), cases[i].text);
		outbuf_release(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_complete),
		cmocka_unit_test(macros_agree_with_rows),
		cmocka_unit_test(installed_header_agrees),
		cmocka_unit_test(living_meaning_wins),
		cmocka_unit_test(names_are_found_in_any_case),
		cmocka_unit_test(misspelt_names_are_guessed),
		cmocka_unit_test(words_are_formatted),
		cmocka_unit_test(kernel_versions_are_parsed),
		cmocka_unit_test(validity_follows_the_kernel),
		cmocka_unit_test(sorts_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

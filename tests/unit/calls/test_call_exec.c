/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "calltest.h"

static void execve_shows_path_and_counts(void **state)
{
	const uint64_t argv[3] = { 0x9000, 0x9008, 0 }, envp[2] = { 0x9000, 0 };
	struct fakemem m = { .n = 0 };
	struct call c;
	(void)state;

	fakemem_add(&m, 0x1000, "/bin/tr\nue", 11);
	fakemem_add(&m, 0x2000, argv, sizeof(argv));
	fakemem_add(&m, 0x3000, envp, sizeof(envp));
	CALLTEST_DECODE(&c, "x86_64", "execve", &m, 0x1000, 0x2000, 0x3000);
	/* a path at the end of the readable memory is read as well */
	assert_int_equal(c.defects, 0);
	calltest_shows(&c, "execve(\"/bin/tr\\nue\", 0x2000 /* 2 args */, 0x3000 /* 1 var */)");
	CALLTEST_DECODE(&c, "x86_64", "execve", &m, 0x1000, 0, 0);
	calltest_shows(&c, "execve(\"/bin/tr\\nue\", NULL, NULL)");
}

static void execve_of_a_32_bit_program_counts_narrow_pointers(void **state)
{
	const uint32_t argv[4] = { 0x9000, 0x9008, 0x9010, 0 };
	struct fakemem m = { .n = 0 };
	struct call c;
	(void)state;

	fakemem_add(&m, 0x1000, "x", 2);
	fakemem_add(&m, 0x2000, argv, sizeof(argv));
	CALLTEST_DECODE(&c, "i386", "execve", &m, 0x1000, 0x2000, 0);
	calltest_shows(&c, "execve(\"x\", 0x2000 /* 3 args */, NULL)");
}

static void execve_with_unreadable_memory_shows_addresses(void **state)
{
	const uint64_t argv[2] = { 0x9000, 0x9008 };
	struct fakemem m = { .n = 0 };
	struct call c;
	(void)state;

	CALLTEST_DECODE(&c, "x86_64", "execve", NULL, 8, 16, 24);
	assert_int_equal(c.defects, CALL_ARGS_UNREAD);
	calltest_shows(&c, "execve(0x8, 0x10 /* ??? args */, 0x18 /* ??? vars */)");
	fakemem_add(&m, 0x1000, "no end", 6);
	fakemem_add(&m, 0x2000, argv, sizeof(argv)); /* no NULL before the hole */
	CALLTEST_DECODE(&c, "x86_64", "execve", &m, 0x1000, 0x2000, 0);
	assert_int_equal(c.defects, CALL_ARGS_UNREAD);
	assert_string_equal(c.u.exec.path, "");
	calltest_shows(&c, "execve(0x1000, 0x2000 /* ??? args */, NULL)");
}

static void execve_counting_ends(void **state)
{
	static uint64_t argv[CALL_STRINGS_MAX + 64];
	static char path[4096];
	struct fakemem m = { .n = 0 };
	struct call c;
	(void)state;

	memset(argv, 1, sizeof(argv));
	memset(path, 'a', sizeof(path));
	fakemem_add(&m, 0x100000, path, sizeof(path));
	fakemem_add(&m, 0x200000, argv, sizeof(argv));
	CALLTEST_DECODE(&c, "x86_64", "execve", &m, 0x100000, 0x200000, 0);
	assert_int_equal(c.defects, CALL_STRING_CUT);
	assert_int_equal(c.u.exec.argc, CALL_STRINGS_MAX);
	assert_true(c.u.exec.argc_more);
	assert_int_equal(strlen(c.u.exec.path), CALL_PATH_MAX - 1);
	struct outbuf out;
	outbuf_init(&out, 1 << 16);
	call_format(&c, &out);
	assert_non_null(strstr(outbuf_str(&out), "aaa\"..., 0x200000 /* 4096 or more args */, NULL)"));
	outbuf_release(&out);
}

static void execveat_shows_directory_and_flags(void **state)
{
	const uint64_t argv[1] = { 0 };
	struct fakemem m = { .n = 0 };
	struct call c;
	(void)state;

	fakemem_add(&m, 0x1000, "", 1);
	fakemem_add(&m, 0x2000, argv, sizeof(argv));
	CALLTEST_DECODE(&c, "aarch64", "execveat", &m, (uint64_t)-100, 0x1000, 0x2000, 0x2000, 0x31100);
	calltest_shows(&c,
		"execveat(AT_FDCWD, \"\", 0x2000 /* 0 args */, 0x2000 /* 0 args */, "
		"AT_SYMLINK_NOFOLLOW|AT_EMPTY_PATH|AT_EXECVE_CHECK|0x20000)");
}

static void hands_over(const struct call *c, struct fakemem *m, const char *want)
{
	struct mem mem = fakemem_mem(m);
	struct outbuf out;

	outbuf_init(&out, 1 << 16);
	call_argv_format(c, &mem, &out);
	assert_string_equal(outbuf_str(&out), want);
	outbuf_release(&out);
}

static void argv_is_as_strace_prints_it(void **state)
{
	static const char cut[34] = "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz";
	const uint64_t argv[5] = { 0x1000, 0x9000, 0x5000, 0x5001, 0 };
	const uint32_t narrow[2] = { 0x1000, 0 };
	struct fakemem m = { .n = 0 };
	struct call c;
	(void)state;

	fakemem_add(&m, 0x1000, "a\n\"", 4);
	fakemem_add(&m, 0x2000, argv, sizeof(argv));
	fakemem_add(&m, 0x3000, argv, 2 * sizeof(*argv));
	fakemem_add(&m, 0x4000, narrow, sizeof(narrow));
	fakemem_add(&m, 0x5000, cut, sizeof(cut));
	CALLTEST_DECODE(&c, "x86_64", "execve", &m, 0x1000, 0x2000, 0);
	hands_over(&c, &m,
		"[\"a\\n\\\"\", 0x9000, \"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\"..., "
		"\"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\"]");
	CALLTEST_DECODE(&c, "x86_64", "execve", &m, 0x1000, 0x2020, 0);
	hands_over(&c, &m, "[]");
	CALLTEST_DECODE(&c, "x86_64", "execve", &m, 0x1000, 0x3000, 0);
	hands_over(&c, &m, "[\"a\\n\\\"\", 0x9000, ... /* 0x3010 */]");
	CALLTEST_DECODE(&c, "x86_64", "execve", &m, 0x1000, 0x7000, 0);
	hands_over(&c, &m, "0x7000");
	CALLTEST_DECODE(&c, "x86_64", "execve", &m, 0x1000, 0, 0);
	hands_over(&c, &m, "NULL");
	CALLTEST_DECODE(&c, "i386", "execveat", &m, 3, 0x1000, 0x4000, 0, 0);
	hands_over(&c, &m, "[\"a\\n\\\"\"]");
}

static void an_argv_of_more_than_32_goes_on(void **state)
{
	char *words[34];
	struct outbuf out;
	(void)state;

	for (int i = 0; i < 33; i++)
		words[i] = "";
	words[33] = NULL;
	outbuf_init(&out, 1 << 16);
	call_words_format(words, &out);
	assert_int_equal(strlen(outbuf_str(&out)), 1 + 32 * 2 + 31 * 2 + strlen(", ...]"));
	assert_string_equal(outbuf_str(&out) + out.len - 8, "\"\", ...]");
	outbuf_clear(&out);
	call_words_format(words + 1, &out);
	assert_null(strstr(outbuf_str(&out), "..."));
	outbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(execve_shows_path_and_counts),
		cmocka_unit_test(execve_of_a_32_bit_program_counts_narrow_pointers),
		cmocka_unit_test(execve_with_unreadable_memory_shows_addresses),
		cmocka_unit_test(execve_counting_ends),
		cmocka_unit_test(argv_is_as_strace_prints_it),
		cmocka_unit_test(an_argv_of_more_than_32_goes_on),
		cmocka_unit_test(execveat_shows_directory_and_flags),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include <thrtrace/vma.h>

static ssize_t parse(const char *text, struct vma *ret)
{
	return vma_parse(text, strlen(text), ret);
}

static void a_line_is_read_whole(void **state)
{
	static const char line[] =
		"7f3a8b6f8000-7f3a8bef9000 rw-s 0000b000 fd:01 4711                       /usr/lib/a b.so\nnext";
	struct vma v;
	(void)state;

	assert_int_equal(parse(line, &v), strlen(line) - 4);
	assert_int_equal(v.low, 0x7f3a8b6f8000);
	assert_int_equal(v.high, 0x7f3a8bef9000);
	assert_int_equal(v.prot, VMA_READ | VMA_WRITE | VMA_SHARED);
	assert_int_equal(v.offset, 0xb000);
	assert_int_equal(v.dev_major, 0xfd);
	assert_int_equal(v.dev_minor, 1);
	assert_int_equal(v.inode, 4711);
	assert_string_equal(v.name, "/usr/lib/a b.so");
}

static void a_nameless_line_without_newline_is_read(void **state)
{
	struct vma v;
	(void)state;

	assert_int_equal(parse("1000-2000 ---p 00000000 00:00 0 ", &v), 32);
	assert_int_equal(v.prot, 0);
	assert_string_equal(v.name, "");
	assert_int_equal(parse("1000-2000 r-xp 00000000 00:00 0", &v), 31);
	assert_int_equal(v.prot, VMA_READ | VMA_EXEC);
}

static void the_whole_address_space_fits(void **state)
{
	struct vma v;
	(void)state;

	assert_true(
		parse("ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n", &v) > 0);
	assert_int_equal(v.high, 0xffffffffff601000);
	assert_string_equal(v.name, "[vsyscall]");
}

static void a_long_name_is_cut(void **state)
{
	char line[600] = "1000-2000 rw-p 00000000 00:00 0 /";
	struct vma v;
	(void)state;

	memset(line + strlen(line), 'x', 500);
	line[540] = '\0';
	assert_int_equal(vma_parse(line, strlen(line), &v), strlen(line));
	assert_int_equal(strlen(v.name), VMA_NAME - 1);
}

static void what_is_no_line_is_refused(void **state)
{
	static const char *const lines[] = {
		"",
		"\n",
		"1000",
		"1000-",
		"1000-2000",
		"1000-2000 ",
		"1000-2000 rw-",
		"1000-2000 rwxq 0 00:00 0",
		"1000-2000 rw-p",
		"1000-2000 rw-p 0",
		"1000-2000 rw-p 0 00",
		"1000-2000 rw-p 0 00:",
		"1000-2000 rw-p 0 00:00",
		"1000-2000 rw-p 0 00:00 ",
		"1000-2000 rw-p 0 00:00 a",
		"2000-1000 rw-p 0 00:00 0",
		"1000-1000 rw-p 0 00:00 0",
		"12345678123456781-2 rw-p 0 00:00 0",
		"-2000 rw-p 0 00:00 0",
		"1000-2000 rw-p 0 123456789:00 0",
		"1000-2000 rw-p 0 00:00 12345678901234567890",
		"G000-2000 rw-p 0 00:00 0",
		"Size:  8 kB",
	};
	struct vma v = { .low = 1 };
	(void)state;

	for (unsigned i = 0; i < ARRAY_SIZE(lines); i++) {
		if (parse(lines[i], &v) != -EINVAL)
			fail_msg("\"%s\" is taken for a line", lines[i]);
		assert_int_equal(v.low, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_read_whole),
		cmocka_unit_test(a_nameless_line_without_newline_is_read),
		cmocka_unit_test(the_whole_address_space_fits),
		cmocka_unit_test(a_long_name_is_cut),
		cmocka_unit_test(what_is_no_line_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

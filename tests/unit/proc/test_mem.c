/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "fakemem.h"

static struct fakemem space(void)
{
	static const unsigned char bytes[12] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
	static const char text[] = { 'h', 'e', 'l', 'l', 'o', '\0', 'x', 'y', 'z' };
	struct fakemem m = { .n = 0 };

	fakemem_add(&m, 0x1000, bytes, sizeof(bytes));
	fakemem_add(&m, 0x2000, text, sizeof(text));
	return m;
}

static void numbers_are_read(void **state)
{
	struct fakemem m = space();
	struct mem mem = fakemem_mem(&m);
	uint64_t v = 0;
	uint32_t w = 0;
	(void)state;

	assert_int_equal(mem_u64(&mem, 0x1000, &v), 0);
	assert_int_equal(v, 0x0807060504030201);
	assert_int_equal(mem_u32(&mem, 0x1004, &w), 0);
	assert_int_equal(w, 0x08070605);
}

static void a_hole_leaves_the_result_alone(void **state)
{
	struct fakemem m = space();
	struct mem mem = fakemem_mem(&m);
	uint64_t v = 99;
	uint32_t w = 99;
	(void)state;

	assert_int_equal(mem_u64(&mem, 0x1005, &v), -EFAULT); /* short */
	assert_int_equal(mem_u64(&mem, 0x3000, &v), -EFAULT);
	assert_int_equal(v, 99);
	assert_int_equal(mem_u32(&mem, 0x100a, &w), -EFAULT);
	assert_int_equal(w, 99);
}

static void a_string_ends_at_its_nul(void **state)
{
	struct fakemem m = space();
	struct mem mem = fakemem_mem(&m);
	char buf[9];
	bool cut = true;
	(void)state;

	assert_int_equal(mem_str(&mem, 0x2000, buf, sizeof(buf), &cut), 5);
	assert_string_equal(buf, "hello");
	assert_false(cut);
}

static void a_long_string_is_cut(void **state)
{
	struct fakemem m = space();
	struct mem mem = fakemem_mem(&m);
	char buf[4];
	bool cut = false;
	(void)state;

	assert_int_equal(mem_str(&mem, 0x2000, buf, sizeof(buf), &cut), 3);
	assert_string_equal(buf, "hel");
	assert_true(cut);
	assert_int_equal(mem_str(&mem, 0x2000, buf, 1, &cut), 0);
	assert_true(cut);
}

static void a_string_into_a_hole_is_no_string(void **state)
{
	struct fakemem m = space();
	struct mem mem = fakemem_mem(&m);
	char buf[16];
	bool cut;
	(void)state;

	assert_int_equal(mem_str(&mem, 0x2006, buf, sizeof(buf), &cut), -EFAULT);
	assert_int_equal(mem_str(&mem, 0x4000, buf, sizeof(buf), &cut), -EFAULT);
	assert_int_equal(mem_str(&mem, 0x2000, buf, 0, &cut), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_read),
		cmocka_unit_test(a_hole_leaves_the_result_alone),
		cmocka_unit_test(a_string_ends_at_its_nul),
		cmocka_unit_test(a_long_string_is_cut),
		cmocka_unit_test(a_string_into_a_hole_is_no_string),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

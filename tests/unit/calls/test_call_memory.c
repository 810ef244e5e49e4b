/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include "calltest.h"

static void mmap_shows_what_strace_shows(void **state)
{
	struct call c;
	(void)state;

	CALLTEST_DECODE(&c, "x86_64", "mmap", NULL, 0, 8392704, 0, 0x20022, 0xffffffff, 0);
	calltest_shows(&c, "mmap(NULL, 8392704, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_STACK, -1, 0)");
	CALLTEST_DECODE(&c, "x86_64", "mmap", NULL, 0x1000, 4096, 0x1000047, 0x3, 5, 0x1000);
	calltest_shows(&c,
		"mmap(0x1000, 4096, PROT_READ|PROT_WRITE|PROT_EXEC|PROT_GROWSDOWN|0x40, "
		"MAP_SHARED_VALIDATE, 5, 0x1000)");
	CALLTEST_DECODE(&c, "x86_64", "mmap", NULL, 0, 0, 0x40, 0, 3, 0);
	calltest_shows(&c, "mmap(NULL, 0, 0x40, MAP_FILE, 3, 0)");
}

static void mmap_flags_know_huge_page_sizes_and_odd_types(void **state)
{
	struct call c;
	(void)state;

	CALLTEST_DECODE(&c, "x86_64", "mmap", NULL, 0, 2097152, 3, 0x40022 | 21U << 26, 0xffffffff, 0);
	calltest_shows(&c,
		"mmap(NULL, 2097152, PROT_READ|PROT_WRITE, "
		"MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB|21<<MAP_HUGE_SHIFT, -1, 0)");
	CALLTEST_DECODE(&c, "x86_64", "mmap", NULL, 0, 1, 3, 0x28, 0xffffffff, 0);
	calltest_shows(&c, "mmap(NULL, 1, PROT_READ|PROT_WRITE, MAP_DROPPABLE|MAP_ANONYMOUS, -1, 0)");
	CALLTEST_DECODE(&c, "x86_64", "mmap", NULL, 0, 1, 3, 0x20f, 0xffffffff, 0);
	calltest_shows(&c, "mmap(NULL, 1, PROT_READ|PROT_WRITE, 0xf /* MAP_??? */|0x200, -1, 0)");
}

static void mmap_flags_of_x86_have_no_name_elsewhere(void **state)
{
	struct call c;
	(void)state;

	CALLTEST_DECODE(&c, "i386", "mmap", NULL, 0, 1, 1, 0xe2, 0xffffffff, 0);
	calltest_shows(&c, "mmap(NULL, 1, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_32BIT|MAP_ABOVE4G, -1, 0)");
	CALLTEST_DECODE(&c, "aarch64", "mmap", NULL, 0, 1, 1, 0x62, 0xffffffff, 0);
	calltest_shows(&c, "mmap(NULL, 1, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|0x40, -1, 0)");
}

static void mmap_of_a_32_bit_program_counts_its_offset_in_pages(void **state)
{
	struct call c;
	(void)state;

	CALLTEST_DECODE(&c, "i386", "mmap", NULL, 0, 4096, 1, 2, 3, 0x200000);
	assert_int_equal(c.nr, 192);
	assert_int_equal(call_arg_value(&c, 5), 0x200000000);
	calltest_shows(&c, "mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 3, 0x200000000)");
	calltest_result(&c, (int32_t)0xf7d00000, "0xf7d00000");
	calltest_result(&c, -12, "-1 ENOMEM (Cannot allocate memory)");
}

static void guard_calls_show_their_names(void **state)
{
	struct call c;
	(void)state;

	CALLTEST_DECODE(&c, "x86_64", "mprotect", NULL, 0x7f3a8b6f9000, 8388608, 3);
	calltest_shows(&c, "mprotect(0x7f3a8b6f9000, 8388608, PROT_READ|PROT_WRITE)");
	CALLTEST_DECODE(&c, "x86_64", "munmap", NULL, 0x7000, UINT64_MAX);
	calltest_shows(&c, "munmap(0x7000, 18446744073709551615)");
	CALLTEST_DECODE(&c, "x86_64", "madvise", NULL, 0x7000, 4096, 102);
	calltest_shows(&c, "madvise(0x7000, 4096, MADV_GUARD_INSTALL)");
	CALLTEST_DECODE(&c, "aarch64", "madvise", NULL, 0x7000, 4096, 103);
	calltest_shows(&c, "madvise(0x7000, 4096, MADV_GUARD_REMOVE)");
	CALLTEST_DECODE(&c, "x86_64", "madvise", NULL, 0, 0, 999);
	calltest_shows(&c, "madvise(NULL, 0, 0x3e7 /* MADV_??? */)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mmap_shows_what_strace_shows),
		cmocka_unit_test(mmap_flags_know_huge_page_sizes_and_odd_types),
		cmocka_unit_test(mmap_flags_of_x86_have_no_name_elsewhere),
		cmocka_unit_test(mmap_of_a_32_bit_program_counts_its_offset_in_pages),
		cmocka_unit_test(guard_calls_show_their_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

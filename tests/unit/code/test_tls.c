/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <elf.h>
#include <errno.h>

#include <thrtrace/tls.h>

static void program_block_lies_where_the_linker_put_it(void **state)
{
	int64_t at;
	(void)state;

	assert_int_equal(tls_program_offset(EM_X86_64, 0x3db0, 0x10, 8, &at), 0);
	assert_int_equal(at, -0x10);
	assert_int_equal(tls_program_offset(EM_X86_64, 0x1000, 0x11, 64, &at), 0);
	assert_int_equal(at, -64);
	/* A block that does not begin at a multiple of its alignment keeps its place modulo it. */
	assert_int_equal(tls_program_offset(EM_X86_64, 0x1008, 0x18, 64, &at), 0);
	assert_int_equal((0x1008 - at) % 64, 0);
	assert_int_equal(tls_program_offset(EM_AARCH64, 0x1000, 0x11, 8, &at), 0);
	assert_int_equal(at, 16);
	assert_int_equal(tls_program_offset(EM_AARCH64, 0x1000, 0x11, 64, &at), 0);
	assert_int_equal(at, 64);
}

static void nonsense_is_refused(void **state)
{
	int64_t at = 7;
	(void)state;

	assert_int_equal(tls_program_offset(EM_X86_64, 0, UINT64_MAX, 8, &at), -EINVAL);
	assert_int_equal(tls_program_offset(EM_X86_64, 0, 8, 3, &at), -EINVAL);
	assert_int_equal(tls_program_offset(EM_S390, 0, 8, 8, &at), -EOPNOTSUPP);
	assert_int_equal(at, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(program_block_lies_where_the_linker_put_it),
		cmocka_unit_test(nonsense_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "calltest.h"

static void set_name_shows_what_the_kernel_keeps(void **state)
{
	struct fakemem m = { .n = 0 };
	struct call c;
	(void)state;

	fakemem_add(&m, 0x1000, "worker\33[2J", 11);
	fakemem_add(&m, 0x2000, "exactly15bytes.", 16);
	fakemem_add(&m, 0x3000, "a name that is too long", 24);
	fakemem_add(&m, 0x4000, "fifteen to hole", 15);
	fakemem_add(&m, 0x5000, "no end", 6);
	CALLTEST_DECODE(&c, "x86_64", "prctl", &m, 15, 0x1000, 1, 2, 3);
	assert_int_equal(c.defects, 0);
	calltest_shows(&c, "prctl(PR_SET_NAME, \"worker\\33[2J\")");
	CALLTEST_DECODE(&c, "x86_64", "prctl", &m, 15, 0x2000);
	assert_int_equal(c.defects, 0);
	assert_string_equal(c.u.name.comm, "exactly15bytes.");
	CALLTEST_DECODE(&c, "x86_64", "prctl", &m, 15, 0x3000);
	assert_int_equal(c.defects, CALL_STRING_CUT);
	calltest_shows(&c, "prctl(PR_SET_NAME, \"a name that is \"...)");
	CALLTEST_DECODE(&c, "x86_64", "prctl", &m, 15, 0x4000);
	assert_int_equal(c.defects, CALL_STRING_CUT);
	assert_string_equal(c.u.name.comm, "fifteen to hole");
	CALLTEST_DECODE(&c, "x86_64", "prctl", &m, 15, 0x5000);
	assert_int_equal(c.defects, CALL_ARGS_UNREAD);
	assert_string_equal(c.u.name.comm, "");
	calltest_shows(&c, "prctl(PR_SET_NAME, 0x5000)");
	CALLTEST_DECODE(&c, "x86_64", "prctl", &m, 15, 8);
	calltest_shows(&c, "prctl(PR_SET_NAME, 0x8)");
}

static void set_vma_shows_the_name_of_the_area(void **state)
{
	static const char name[] = "glibc: pthread stack: 4127";
	struct fakemem m = { .n = 0 };
	struct call c;
	(void)state;

	fakemem_add(&m, 0x1000, name, sizeof(name));
	CALLTEST_DECODE(&c, "x86_64", "prctl", &m, 0x53564d41, 0, 0x7000, 4096, 0x1000);
	assert_int_equal(c.defects, 0);
	assert_string_equal(c.u.name.vma, name);
	assert_string_equal(c.u.name.comm, "glibc: pthread ");
	calltest_shows(&c, "prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, 0x7000, 4096, \"glibc: pthread stack: 4127\")");
	CALLTEST_DECODE(&c, "x86_64", "prctl", &m, 0x53564d41, 0, 0x7000, 4096, 0);
	calltest_shows(&c, "prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, 0x7000, 4096, NULL)");
	CALLTEST_DECODE(&c, "x86_64", "prctl", &m, 0x53564d41, 0, 0x7000, 4096, 8);
	assert_int_equal(c.defects, CALL_ARGS_UNREAD);
	calltest_shows(&c, "prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, 0x7000, 4096, 0x8)");
	CALLTEST_DECODE(&c, "x86_64", "prctl", &m, 0x53564d41, 1, 0x7000, 4096, 8);
	calltest_shows(&c, "prctl(PR_SET_VMA, 0x1, 0x7000, 4096, 0x8)");
}

static void prctl_shows_the_arguments_of_the_operation(void **state)
{
	struct call c;
	(void)state;

	CALLTEST_DECODE(&c, "x86_64", "prctl", NULL, 1, 9, 1, 2, 3);
	calltest_shows(&c, "prctl(PR_SET_PDEATHSIG, SIGKILL)");
	CALLTEST_DECODE(&c, "x86_64", "prctl", NULL, 1, 99);
	calltest_shows(&c, "prctl(PR_SET_PDEATHSIG, 99)");
	CALLTEST_DECODE(&c, "x86_64", "prctl", NULL, 38, 1);
	calltest_shows(&c, "prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)");
	CALLTEST_DECODE(&c, "x86_64", "prctl", NULL, 16, 8);
	calltest_shows(&c, "prctl(PR_GET_NAME, 0x8)");
	CALLTEST_DECODE(&c, "x86_64", "prctl", NULL, 21);
	calltest_shows(&c, "prctl(PR_GET_SECCOMP)");
	CALLTEST_DECODE(&c, "x86_64", "prctl", NULL, 22, 2, 0x1000);
	calltest_shows(&c, "prctl(PR_SET_SECCOMP, 0x2, 0x1000)");
	CALLTEST_DECODE(&c, "x86_64", "prctl", NULL, 0x10000270f, 1, 2, 3, 4);
	calltest_shows(&c, "prctl(0x270f /* PR_??? */, 0x1, 0x2, 0x3, 0x4)");
}

static void arch_prctl_shows_operation_and_address(void **state)
{
	struct call c;
	(void)state;

	CALLTEST_DECODE(&c, "x86_64", "arch_prctl", NULL, 0x1002, 0x7f3a8bef86c0);
	calltest_shows(&c, "arch_prctl(ARCH_SET_FS, 0x7f3a8bef86c0)");
	CALLTEST_DECODE(&c, "x86_64", "arch_prctl", NULL, 0x3001, 0);
	calltest_shows(&c, "arch_prctl(0x3001 /* ARCH_??? */, 0)");
}

static void sigaltstack_is_read_in_the_width_of_the_program(void **state)
{
	const uint64_t wide[3] = { 0x7000, 0xdead00000000 | 0x80000002, 8192 };
	const uint32_t narrow[3] = { 0, 4, 2048 };
	struct fakemem m = { .n = 0 };
	struct call c;
	(void)state;

	fakemem_add(&m, 0x1000, wide, sizeof(wide));
	fakemem_add(&m, 0x2000, narrow, sizeof(narrow));
	CALLTEST_DECODE(&c, "x86_64", "sigaltstack", &m, 0x1000, 0x3000);
	calltest_shows(&c, "sigaltstack({ss_sp=0x7000, ss_flags=SS_DISABLE|SS_AUTODISARM, ss_size=8192}, 0x3000)");
	CALLTEST_DECODE(&c, "i386", "sigaltstack", &m, 0x2000, 0);
	calltest_shows(&c, "sigaltstack({ss_sp=NULL, ss_flags=0x4, ss_size=2048}, NULL)");
	CALLTEST_DECODE(&c, "x86_64", "sigaltstack", &m, 8, 0);
	assert_int_equal(c.defects, CALL_ARGS_UNREAD);
	calltest_shows(&c, "sigaltstack(0x8, NULL)");
	CALLTEST_DECODE(&c, "x86_64", "sigaltstack", &m, 0, 0);
	assert_int_equal(c.defects, 0);
	calltest_shows(&c, "sigaltstack(NULL, NULL)");
}

static void registrations_show_their_addresses(void **state)
{
	struct call c;
	(void)state;

	CALLTEST_DECODE(&c, "x86_64", "rseq", NULL, 0x7f3a8bef8fe0, 32, 0, 0x53053053);
	calltest_shows(&c, "rseq(0x7f3a8bef8fe0, 32, 0, 0x53053053)");
	CALLTEST_DECODE(&c, "aarch64", "rseq", NULL, 0x8, 32, 1, 0xd428bc00);
	calltest_shows(&c, "rseq(0x8, 32, RSEQ_FLAG_UNREGISTER, 0xd428bc00)");
	CALLTEST_DECODE(&c, "x86_64", "set_robust_list", NULL, 0x7f3a8bef89a0, 24);
	calltest_shows(&c, "set_robust_list(0x7f3a8bef89a0, 24)");
	CALLTEST_DECODE(&c, "x86_64", "set_tid_address", NULL, 0);
	calltest_shows(&c, "set_tid_address(NULL)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_name_shows_what_the_kernel_keeps),
		cmocka_unit_test(set_vma_shows_the_name_of_the_area),
		cmocka_unit_test(prctl_shows_the_arguments_of_the_operation),
		cmocka_unit_test(arch_prctl_shows_operation_and_address),
		cmocka_unit_test(sigaltstack_is_read_in_the_width_of_the_program),
		cmocka_unit_test(registrations_show_their_addresses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

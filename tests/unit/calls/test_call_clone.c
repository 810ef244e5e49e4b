/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/sched.h>
#include <string.h>

#include "calltest.h"

#define ARGS_AT 0x10000
#define TIDS_AT 0x20000

static const uint64_t pthread_args[11] = { 0x3d0f00, 0, 0x7f3a8bef8990, 0x7f3a8bef8990, 0, 0x7f3a8b6f8000, 0x7fff80,
	0x7f3a8bef86c0 };
#define PTHREAD_FLAGS                                                                                                  \
	"CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM|CLONE_SETTLS|CLONE_PARENT_SETTID|"     \
	"CLONE_CHILD_CLEARTID"

static void clone3_of_pthread_create_shows_what_the_flags_use(void **state)
{
	struct fakemem m = { .n = 0 };
	struct call c;
	(void)state;

	fakemem_add(&m, ARGS_AT, pthread_args, sizeof(pthread_args));
	CALLTEST_DECODE(&c, "x86_64", "clone3", &m, ARGS_AT, 88);
	assert_int_equal(c.defects, 0);
	assert_int_equal(c.u.clone.via, VIA_CLONE3);
	assert_int_equal(c.u.clone.args_read, 88);
	assert_int_equal(call_clone_sp(&c.u.clone), 0x7f3a8b6f8000 + 0x7fff80);
	calltest_shows(&c,
		"clone3({flags=" PTHREAD_FLAGS ", child_tid=0x7f3a8bef8990, parent_tid=0x7f3a8bef8990, "
		"exit_signal=0, stack=0x7f3a8b6f8000, stack_size=0x7fff80, tls=0x7f3a8bef86c0}, 88)");
	assert_string_equal(call_arg_name(&c, 0), "cl_args");
	assert_int_equal(call_arg_value(&c, 1), 88);
}

static void clone3_of_an_i386_program_has_the_same_struct(void **state)
{
	struct fakemem m = { .n = 0 };
	struct call c;
	(void)state;

	fakemem_add(&m, ARGS_AT, pthread_args, sizeof(pthread_args));
	CALLTEST_DECODE(&c, "i386", "clone3", &m, ARGS_AT | 0xffffffff00000000, 88);
	assert_int_equal(c.u.clone.args_at, ARGS_AT);
	assert_int_equal(c.u.clone.tls, 0x7f3a8bef86c0);
}

static void clone3_shows_the_fields_that_its_flags_use(void **state)
{
	const int32_t tids[3] = { 99, 1, 2 };
	const uint64_t args[11] = { CLONE_PIDFD | CLONE_INTO_CGROUP, 0x1000, 2, 3, 17, 0, 0, 7, TIDS_AT, 3, 9 };
	struct fakemem m = { .n = 0 };
	struct call c;
	(void)state;

	fakemem_add(&m, ARGS_AT, args, sizeof(args));
	fakemem_add(&m, TIDS_AT, tids, sizeof(tids));
	CALLTEST_DECODE(&c, "x86_64", "clone3", &m, ARGS_AT, 88);
	assert_int_equal(c.defects, 0);
	assert_int_equal(c.u.clone.n_set_tid, 3);
	assert_int_equal(call_clone_sp(&c.u.clone), 0);
	calltest_shows(&c,
		"clone3({flags=CLONE_PIDFD|CLONE_INTO_CGROUP, pidfd=0x1000, "
		"exit_signal=SIGCHLD, stack=NULL, stack_size=0, set_tid=[99, 1, 2], set_tid_size=3, "
		"cgroup=9}, 88)");
}

static void clone3_set_tid_that_cannot_be_read_is_told(void **state)
{
	const int32_t tids[2] = { 5, 6 };
	uint64_t args[11] = { 0, 0, 0, 0, 0, 0, 0, 0, TIDS_AT, 3 };
	struct fakemem m = { .n = 0 };
	struct call c;
	(void)state;

	fakemem_add(&m, ARGS_AT, args, sizeof(args));
	fakemem_add(&m, TIDS_AT, tids, sizeof(tids));
	CALLTEST_DECODE(&c, "x86_64", "clone3", &m, ARGS_AT, 80);
	assert_int_equal(c.defects, CALL_SET_TID_UNREAD);
	calltest_shows(&c,
		"clone3({flags=0, exit_signal=0, stack=NULL, stack_size=0, set_tid=[5, 6, ???], "
		"set_tid_size=3}, 80)");
	args[8] = 8;
	CALLTEST_DECODE(&c, "x86_64", "clone3", &m, ARGS_AT, 80);
	assert_int_equal(c.defects, CALL_SET_TID_UNREAD);
	calltest_shows(
		&c, "clone3({flags=0, exit_signal=0, stack=NULL, stack_size=0, set_tid=0x8, set_tid_size=3}, 80)");
	args[9] = UINT64_MAX;
	CALLTEST_DECODE(&c, "x86_64", "clone3", &m, ARGS_AT, 80);
	assert_int_equal(c.defects, 0);
	assert_int_equal(c.u.clone.n_set_tid, 0);
	assert_true(c.u.clone.set_tid_size == UINT64_MAX);
}

static void clone3_sizes_that_the_kernel_refuses_are_not_read(void **state)
{
	static unsigned char big[8192];
	struct fakemem m = { .n = 0 };
	struct call c;
	(void)state;

	memset(big, 0xff, sizeof(big));
	fakemem_add(&m, ARGS_AT, big, sizeof(big));
	CALLTEST_DECODE(&c, "x86_64", "clone3", &m, ARGS_AT, 63);
	assert_int_equal(c.defects, CALL_SIZE_ODD);
	calltest_shows(&c, "clone3(0x10000, 63)");
	CALLTEST_DECODE(&c, "x86_64", "clone3", &m, ARGS_AT, 4097);
	assert_int_equal(c.defects, CALL_SIZE_ABSURD);
	calltest_shows(&c, "clone3(0x10000, 4097)");
	CALLTEST_DECODE(&c, "x86_64", "clone3", &m, ARGS_AT, UINT64_MAX);
	assert_int_equal(c.defects, CALL_SIZE_ABSURD);
	assert_int_equal(c.u.clone.flags, 0);
}

/* A kernel of pages of 16 or 64 KiB reads it; whether this is one is not known here. */
static void clone3_may_be_as_large_as_the_machines_largest_page(void **state)
{
	static unsigned char big[65536] = { 0x00, 0x0f, 0x01 };
	struct fakemem m = { .n = 0 };
	struct call c;
	(void)state;

	fakemem_add(&m, ARGS_AT, big, sizeof(big));
	CALLTEST_DECODE(&c, "aarch64", "clone3", &m, ARGS_AT, sizeof(big));
	assert_int_equal(c.defects, CALL_SIZE_ODD);
	assert_int_equal(c.u.clone.flags, 0x10f00);
	big[sizeof(big) - 1] = 1;
	CALLTEST_DECODE(&c, "aarch64", "clone3", &m, ARGS_AT, sizeof(big));
	assert_int_equal(c.defects, CALL_SIZE_ODD | CALL_TAIL_SET);
	CALLTEST_DECODE(&c, "aarch64", "clone3", &m, ARGS_AT, sizeof(big) + 1);
	assert_int_equal(c.defects, CALL_SIZE_ABSURD);
}

static void clone3_tail_of_zeroes_is_harmless_and_another_is_told(void **state)
{
	unsigned char bytes[4096] = { 0 };
	struct fakemem m = { .n = 0 };
	struct call c;
	(void)state;

	bytes[1] = 0x04;
	fakemem_add(&m, ARGS_AT, bytes, sizeof(bytes));
	CALLTEST_DECODE(&c, "x86_64", "clone3", &m, ARGS_AT, 4096);
	assert_int_equal(c.defects, CALL_SIZE_ODD);
	calltest_shows(&c, "clone3({flags=CLONE_FILES, exit_signal=0, stack=NULL, stack_size=0}, 4096)");
	bytes[103] = 1;
	CALLTEST_DECODE(&c, "x86_64", "clone3", &m, ARGS_AT, 104);
	assert_int_equal(c.defects, CALL_SIZE_ODD | CALL_TAIL_SET);
	calltest_shows(&c,
		"clone3({flags=CLONE_FILES, exit_signal=0, stack=NULL, stack_size=0, "
		"/* bytes 88..103 are not zero */}, 104)");
}

static void clone3_half_readable_shows_the_half(void **state)
{
	struct fakemem m = { .n = 0 }, tiny = { .n = 0 };
	struct call c;
	(void)state;

	fakemem_add(&m, ARGS_AT, pthread_args, 44);
	CALLTEST_DECODE(&c, "x86_64", "clone3", &m, ARGS_AT, 88);
	assert_int_equal(c.defects, CALL_ARGS_SHORT);
	assert_int_equal(c.u.clone.args_read, 44);
	assert_int_equal(c.u.clone.stack, 0);
	calltest_shows(&c,
		"clone3({flags=" PTHREAD_FLAGS ", child_tid=0x7f3a8bef8990, parent_tid=0x7f3a8bef8990, "
		"exit_signal=0, ???}, 88)");
	fakemem_add(&tiny, ARGS_AT, pthread_args, 7);
	CALLTEST_DECODE(&c, "x86_64", "clone3", &tiny, ARGS_AT, 88);
	assert_int_equal(c.defects, CALL_ARGS_SHORT);
	calltest_shows(&c, "clone3(0x10000, 88)");
	CALLTEST_DECODE(&c, "x86_64", "clone3", NULL, 0, 88);
	assert_int_equal(c.defects, CALL_ARGS_UNREAD);
	calltest_shows(&c, "clone3(NULL, 88)");
}

static void clone3_exit_signal_that_is_none_is_a_number(void **state)
{
	uint64_t args[11] = { 0, 0, 0, 0, 400 };
	struct fakemem m = { .n = 0 };
	struct call c;
	(void)state;

	fakemem_add(&m, ARGS_AT, args, sizeof(args));
	CALLTEST_DECODE(&c, "x86_64", "clone3", &m, ARGS_AT, 64);
	calltest_shows(&c, "clone3({flags=0, exit_signal=400, stack=NULL, stack_size=0}, 64)");
	args[4] = (1ULL << 32) + 17;
	CALLTEST_DECODE(&c, "x86_64", "clone3", &m, ARGS_AT, 64);
	calltest_shows(&c, "clone3({flags=0, exit_signal=4294967313, stack=NULL, stack_size=0}, 64)");
}

static void recheck_notices_memory_that_changed(void **state)
{
	uint64_t args[11] = { CLONE_VM };
	struct fakemem m = { .n = 0 }, gone = { .n = 0 };
	struct mem mem = fakemem_mem(&m), none = fakemem_mem(&gone);
	struct call c;
	(void)state;

	fakemem_add(&m, ARGS_AT, args, sizeof(args));
	CALLTEST_DECODE(&c, "x86_64", "clone3", &m, ARGS_AT, 88);
	call_recheck(&c, &mem);
	assert_int_equal(c.defects, 0);
	args[7] = 1;
	call_recheck(&c, &mem);
	assert_int_equal(c.defects, CALL_ARGS_CHANGED);
	call_recheck(&c, &mem);
	assert_int_equal(c.defects, CALL_ARGS_CHANGED);
	assert_int_equal(c.u.clone.tls, 0);
	CALLTEST_DECODE(&c, "x86_64", "clone3", &m, ARGS_AT, 88);
	call_recheck(&c, &none);
	assert_int_equal(c.defects, CALL_ARGS_CHANGED);
	CALLTEST_DECODE(&c, "x86_64", "clone", NULL, 17);
	call_recheck(&c, &none);
	assert_int_equal(c.defects, 0);
}

static void clone_reads_its_registers_in_the_order_of_the_architecture(void **state)
{
	struct call c;
	(void)state;

	CALLTEST_DECODE(&c, "x86_64", "clone", NULL, 0x3d0f00, 0x7f0, 0x10, 0x20, 0x30);
	assert_int_equal(c.u.clone.via, VIA_CLONE);
	calltest_shows(
		&c, "clone(child_stack=0x7f0, flags=" PTHREAD_FLAGS ", parent_tid=0x10, tls=0x30, child_tidptr=0x20)");
	assert_string_equal(call_arg_name(&c, 0), "stack");
	assert_string_equal(call_arg_name(&c, 3), "tls");
	assert_int_equal(call_arg_value(&c, 3), 0x30);
	assert_int_equal(call_clone_sp(&c.u.clone), 0x7f0);
	CALLTEST_DECODE(&c, "aarch64", "clone", NULL, 0x3d0f00, 0x7f0, 0x10, 0x20, 0x30);
	calltest_shows(
		&c, "clone(child_stack=0x7f0, flags=" PTHREAD_FLAGS ", parent_tid=0x10, tls=0x20, child_tidptr=0x30)");
	assert_int_equal(call_arg_value(&c, 3), 0x20);
	CALLTEST_DECODE(&c, "i386", "clone", NULL, 0x3d0f00, 0xffffffff000007f0, 0x10, 0x20, 0x30);
	calltest_shows(
		&c, "clone(child_stack=0x7f0, flags=" PTHREAD_FLAGS ", parent_tid=0x10, tls=0x20, child_tidptr=0x30)");
}

static void tls_of_an_i386_program_is_a_descriptor(void **state)
{
	const uint32_t desc[4] = { 12, 0xf7d67b40, 0xfffff, 0x51 };
	struct fakemem m = { .n = 0 };
	struct call c;
	(void)state;

	fakemem_add(&m, 0x9000, desc, sizeof(desc));
	CALLTEST_DECODE(&c, "i386", "clone", &m, 0x3d0f00, 0x7f0, 0x10, 0x9000, 0x30);
	assert_int_equal(c.u.clone.tls, 0x9000);
	assert_int_equal(call_clone_tls(&c.u.clone), 0xf7d67b40);
	CALLTEST_DECODE(&c, "i386", "clone", &m, 0x3d0f00, 0x7f0, 0x10, 0x5000, 0x30);
	assert_int_equal(call_clone_tls(&c.u.clone), 0); /* nothing there */
	CALLTEST_DECODE(&c, "x86_64", "clone", &m, 0x3d0f00, 0x7f0, 0x10, 0x20, 0x9000);
	assert_int_equal(call_clone_tls(&c.u.clone), 0x9000);
}

static void clone_splits_the_word_as_the_kernel_does(void **state)
{
	struct call c;
	(void)state;

	CALLTEST_DECODE(&c, "x86_64", "clone", NULL, 0x1200011, 0, 0, 0x20);
	assert_int_equal(c.u.clone.flags, 0x1200000);
	assert_int_equal(c.u.clone.exit_signal, 17);
	calltest_shows(&c,
		"clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x20)");
	CALLTEST_DECODE(&c, "x86_64", "clone", NULL, 0);
	calltest_shows(&c, "clone(child_stack=NULL, flags=0)");
	CALLTEST_DECODE(&c, "x86_64", "clone", NULL, 17);
	calltest_shows(&c, "clone(child_stack=NULL, flags=SIGCHLD)");
	CALLTEST_DECODE(&c, "x86_64", "clone", NULL, 0x100000080);
	assert_int_equal(c.u.clone.flags, 0);
	calltest_shows(&c, "clone(child_stack=NULL, flags=0x100000000|128)");
	CALLTEST_DECODE(&c, "x86_64", "clone", NULL, 0x200000100);
	calltest_shows(&c, "clone(child_stack=NULL, flags=CLONE_VM|0x200000000)");
	CALLTEST_DECODE(&c, "x86_64", "clone", NULL, CLONE_PIDFD, 0, 8);
	assert_int_equal(c.u.clone.pidfd, 8);
	calltest_shows(&c, "clone(child_stack=NULL, flags=CLONE_PIDFD, parent_tid=0x8)");
}

static void fork_and_vfork_are_clones(void **state)
{
	struct call c;
	(void)state;

	CALLTEST_DECODE(&c, "x86_64", "fork", NULL, 1, 2);
	assert_int_equal(c.u.clone.via, VIA_FORK);
	assert_int_equal(c.u.clone.flags, 0);
	assert_int_equal(c.u.clone.exit_signal, 17);
	calltest_shows(&c, "fork()");
	CALLTEST_DECODE(&c, "i386", "vfork", NULL, 0);
	assert_int_equal(c.u.clone.via, VIA_VFORK);
	assert_int_equal(c.u.clone.flags, CLONE_VM | CLONE_VFORK);
	calltest_shows(&c, "vfork()");
}

static void namespace_flags_have_no_exit_signal(void **state)
{
	struct call c;
	(void)state;

	CALLTEST_DECODE(&c, "x86_64", "unshare", NULL, 0x10000080);
	calltest_shows(&c, "unshare(CLONE_NEWTIME|CLONE_NEWUSER)");
	CALLTEST_DECODE(&c, "x86_64", "unshare", NULL, 0);
	calltest_shows(&c, "unshare(0)");
	CALLTEST_DECODE(&c, "x86_64", "unshare", NULL, 0x100000);
	calltest_shows(&c, "unshare(UNSHARE_EMPTY_MNTNS)");
	CALLTEST_DECODE(&c, "x86_64", "unshare", NULL, 0x100200);
	calltest_shows(&c, "unshare(UNSHARE_EMPTY_MNTNS|CLONE_FS)");
	CALLTEST_DECODE(&c, "x86_64", "setns", NULL, (uint64_t)-1, 0xffffffff40000001);
	calltest_shows(&c, "setns(-1, CLONE_NEWNET|0x1)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clone3_of_pthread_create_shows_what_the_flags_use),
		cmocka_unit_test(clone3_of_an_i386_program_has_the_same_struct),
		cmocka_unit_test(clone3_shows_the_fields_that_its_flags_use),
		cmocka_unit_test(clone3_set_tid_that_cannot_be_read_is_told),
		cmocka_unit_test(clone3_sizes_that_the_kernel_refuses_are_not_read),
		cmocka_unit_test(clone3_may_be_as_large_as_the_machines_largest_page),
		cmocka_unit_test(clone3_tail_of_zeroes_is_harmless_and_another_is_told),
		cmocka_unit_test(clone3_half_readable_shows_the_half),
		cmocka_unit_test(clone3_exit_signal_that_is_none_is_a_number),
		cmocka_unit_test(recheck_notices_memory_that_changed),
		cmocka_unit_test(clone_reads_its_registers_in_the_order_of_the_architecture),
		cmocka_unit_test(tls_of_an_i386_program_is_a_descriptor),
		cmocka_unit_test(clone_splits_the_word_as_the_kernel_does),
		cmocka_unit_test(fork_and_vfork_are_clones),
		cmocka_unit_test(namespace_flags_have_no_exit_signal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

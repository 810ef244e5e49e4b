/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include <thrtrace/proc_text.h>

static const char status[] =
	"Name:\tUid:\nUid:\t1000\t0\nNStgid:\t17\t3\t1\nSigIgn:\t0000000000001000\nSigCgt:\t8000000000000001\n"
	"Empty:\nNext:\t5\nMinus:\t-1\n";

static void fields_have_their_own_number(void **state)
{
	uint64_t v = 0;
	(void)state;

	assert_true(proc_field_u64(&v, status, "Uid:", 10) && v == 1000);
	assert_true(proc_field_u64(&v, status, "SigIgn:", 16) && v == 0x1000);
	assert_false(proc_field_u64(&v, status, "Gid:", 10));
	assert_false(proc_field_u64(&v, status, "Empty:", 10)); /* not the next line's */
	assert_false(proc_field_u64(&v, status, "Minus:", 10));
	assert_true(proc_innermost_id(&v, status) && v == 1);
	assert_false(proc_innermost_id(&v, "NStgid:\t\nPid:\t1\n"));
	assert_false(proc_innermost_id(&v, "Pid:\t1\n"));
}

static void signals_ignored_or_caught_are_handled(void **state)
{
	(void)state;
	assert_true(proc_signal_handled(status, 13)); /* ignored */
	assert_true(proc_signal_handled(status, 1));
	assert_true(proc_signal_handled(status, 64));
	assert_false(proc_signal_handled(status, 2));
	assert_false(proc_signal_handled("SigIgn:\tff\n", 1)); /* half is not enough to say so */
}

static void limits_are_soft_ones(void **state)
{
	static const char text[] = "Limit                     Soft Limit           Hard Limit           Units\n"
				   "Max stack size            8388608              unlimited            bytes\n"
				   "Max processes             unlimited            unlimited            processes\n";
	uint64_t v = 0;
	(void)state;

	assert_true(proc_soft_limit(&v, text, "Max stack size") && v == 8388608);
	assert_true(proc_soft_limit(&v, text, "Max processes") && v == PROC_UNLIMITED);
	assert_false(proc_soft_limit(&v, text, "Max open files"));
}

static void cgroups_are_found(void **state)
{
	char path[PROC_PATH];
	char deep[PROC_PATH + 16] = "0::/";
	(void)state;

	assert_true(proc_cgroup_path(path, "5:memory:/m\n4:pids:/a:b\n0::/two\n", "pids"));
	assert_string_equal(path, "/a:b");
	assert_true(proc_cgroup_path(path, "odd\n5:memory:/m\n0::/two", NULL));
	assert_string_equal(path, "/two");
	/* Two controllers in one hierarchy of version 1. */
	assert_true(proc_cgroup_path(path, "4:cpu,pids:/shared\n", "pids"));
	assert_string_equal(path, "/shared");
	assert_false(proc_cgroup_path(path, "4:name=pids:/x\n3:rapids:/x\n0::/y\n", "pids"));
	memset(deep + 4, 'x', PROC_PATH);
	assert_false(proc_cgroup_path(path, deep, NULL));
}

static void mounts_of_cgroups_are_found(void **state)
{
	static const char text[] =
		"22 27 0:21 / /proc rw,relatime - proc proc rw\n"
		"30 23 0:26 / /cg/cpu rw shared:9 - cgroup cgroup rw,cpu\n"
		"31 23 0:27 /docker/ab /cg/pids rw shared:9 master:1 - cgroup cgroup rw,cpuset,pids\n"
		"32 23 0:28 / /cg/two rw - cgroup2 none rw,nsdelegate\n";
	struct cgroup_mount m;
	(void)state;

	assert_true(proc_cgroup_mount(&m, text, "pids"));
	assert_string_equal(m.at, "/cg/pids");
	assert_string_equal(m.root, "/docker/ab");
	assert_true(proc_cgroup_mount(&m, text, NULL));
	assert_string_equal(m.at, "/cg/two");
	assert_false(proc_cgroup_mount(&m, "30 23 0:26 / /cg rw - cgroup cgroup rw,rapids,pidsx\n", "pids"));
	assert_false(proc_cgroup_mount(&m, "30 23 - cgroup2 none rw\n", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_have_their_own_number),
		cmocka_unit_test(signals_ignored_or_caught_are_handled),
		cmocka_unit_test(limits_are_soft_ones),
		cmocka_unit_test(cgroups_are_found),
		cmocka_unit_test(mounts_of_cgroups_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

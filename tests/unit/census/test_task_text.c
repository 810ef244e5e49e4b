/* SPDX-License-Identifier: MIT */
/* Files of /proc/PID/task/TID, as Linux 6.18 has written them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include <thrtrace/census.h>

static const char stat_line[] =
	"4130 (pool) 1-thr 7) S 4100 4126 4126 34816 4126 1077936192 44 0 0 0 12 3 0 0 39 19 5 0 81234 2147483648 9000 "
	"18446744073709551615 1 1 0 0 0 0 4 0 17583 1 0 0 -1 1 40 1 0 0 0 0 0 0 0 0 0 0 0\n";
static const char status[] =
	"Name:\tpool) 1-thr 7\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t4126\nNgid:\t0\nPid:\t4130\nPPid:\t4100\n"
	"NStgid:\t4126\t1\nNSpid:\t4130\t7\nVmSize:\t 2097152 kB\nCpus_allowed:\t5\nCpus_allowed_list:\t0,2\n"
	"voluntary_ctxt_switches:\t8123\nnonvoluntary_ctxt_switches:\t41\n";

static void stat_gives_scheduling(void **state)
{
	struct census_task t = { .tid = 4130 };
	(void)state;

	assert_true(census_take_stat(&t, stat_line));
	assert_string_equal(t.comm, "pool) 1-thr 7");
	assert_int_equal(t.state, 'S');
	assert_int_equal(t.nice, 19);
	assert_int_equal(t.last_cpu, 1);
	assert_int_equal(t.rt_priority, 40);
	assert_int_equal(t.policy, 1);
	assert_false(census_take_stat(&t, "4130 (cut) S 1 2 3"));
	assert_false(census_take_stat(&t, ""));
}

static void status_gives_switches_and_the_inner_number(void **state)
{
	struct census_task t = { .tid = 4130 };
	struct census_account a = { .t_ns = 1 };
	(void)state;

	assert_true(census_take_status(&t, &a, status));
	assert_int_equal(t.tid_inside, 7);
	assert_string_equal(t.affinity, "0,2");
	assert_true(a.split);
	assert_int_equal(a.voluntary, 8123);
	assert_int_equal(a.involuntary, 41);
	assert_true(census_take_status(&t, &a, "State:\tR (running)\n"));
	assert_int_equal(t.tid_inside, 4130);
	assert_false(a.split);
	assert_false(census_take_status(&t, &a, ""));
}

static void sched_gives_when_a_task_went_to_sleep(void **state)
{
	uint64_t ns = 0;
	(void)state;

	assert_true(census_take_sched(&ns,
		"cat (17, #threads: 1)\n-----\nse.exec_start                                :       1281494.711477\n"
		"se.vruntime                                  :        427088.924445\n"));
	assert_true(ns == 1281494711477U);
	assert_true(census_take_sched(&ns, "se.exec_start : 0.000000\n"));
	assert_true(ns == 0);
	assert_false(census_take_sched(&ns, ""));
	assert_false(census_take_sched(&ns, "se.exec_start"));
	assert_false(census_take_sched(&ns, "se.exec_start : 12\n"));
	assert_false(census_take_sched(&ns, "se.exec_start : 18446744073709551615.000000\n"));
}

static void schedstat_gives_times(void **state)
{
	struct census_account a = { .t_ns = 1 };
	(void)state;

	assert_true(census_take_schedstat(&a, "4012157 1505498 17\n"));
	assert_int_equal(a.cpu_ns, 4012157);
	assert_int_equal(a.wait_ns, 1505498);
	assert_int_equal(a.turns, 17);
	assert_false(census_take_schedstat(&a, "12\n"));
	assert_false(census_take_schedstat(&a, ""));
}

static void syscall_gives_arguments(void **state)
{
	struct census_task t = { .tid = 1 };
	(void)state;

	assert_true(census_take_syscall(&t, "202 0x7f10 0x80 0x2 0x0 0x0 0xffffffff 0x7ffc10 0x7f3a80\n"));
	assert_true(t.call_known);
	assert_int_equal(t.nr, 202);
	assert_int_equal(t.arg[0], 0x7f10);
	assert_int_equal(t.arg[1], 0x80);
	assert_int_equal(t.arg[2], 2);
	assert_false(t.fourth);
	assert_int_equal(t.sp, 0x7ffc10);
	assert_true(census_take_syscall(&t, "202 0x7f10 0x189 0x2 0x7f00 0x0 0xffffffff 0x7ffc10 0x7f3a80\n"));
	assert_true(t.fourth);
	t = (struct census_task){ .tid = 1 };
	assert_true(census_take_syscall(&t, "running\n"));
	assert_false(t.call_known);
	assert_true(census_take_syscall(&t, "-1 0x7ffc10 0x7f3a80\n"));
	assert_int_equal(t.nr, -1);
	assert_false(census_take_syscall(&t, "nonsense"));
}

static void wchan_and_files_are_words(void **state)
{
	struct census_task t = { .tid = 1 };
	static const char *const files[][2] = { { "socket:[4711]", "socket" }, { "pipe:[1]", "pipe" },
		{ "anon_inode:[eventfd]", "eventfd" }, { "/dev/pts/3", "terminal" }, { "/dev/null", "device" },
		{ "/var/log/x", "file" }, { "net:[4026531840]", "" } };
	(void)state;

	census_take_wchan(&t, "0");
	assert_string_equal(t.wchan, "");
	census_take_wchan(&t, "do_epoll_wait");
	assert_string_equal(t.wchan, "do_epoll_wait");
	census_take_wchan(&t, "a_function_whose_name_is_longer_than_any");
	assert_string_equal(t.wchan, "a_function_whose_name_is_longer");
	for (unsigned i = 0; i < ARRAY_SIZE(files); i++) {
		t.file[0] = '\0';
		census_take_file(&t, files[i][0]);
		assert_string_equal(t.file, files[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stat_gives_scheduling),
		cmocka_unit_test(status_gives_switches_and_the_inner_number),
		cmocka_unit_test(schedstat_gives_times),
		cmocka_unit_test(sched_gives_when_a_task_went_to_sleep),
		cmocka_unit_test(syscall_gives_arguments),
		cmocka_unit_test(wchan_and_files_are_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

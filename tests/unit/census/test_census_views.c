/* SPDX-License-Identifier: MIT */
/* Groups, their sums, and what the views make of them: a small process, told in full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <thrtrace/abi.h>
#include <thrtrace/census.h>

#define MS 1000000ULL

static struct census_task task[8];
static struct census c;
static struct outbuf out;

static struct census_task *add(const char *name, char state, uint64_t cpu_ms, uint64_t wait_ms)
{
	struct census_task *t = &task[c.n];

	*t = (struct census_task){ .tid = 100 + (pid_t)c.n, .tid_inside = 100 + (pid_t)c.n, .state = state };
	snprintf(t->comm, sizeof(t->comm), "%s", name);
	snprintf(t->affinity, sizeof(t->affinity), "0-1");
	t->was = (struct census_account){ .t_ns = 1000 * MS, .cpu_ns = 5000 * MS, .turns = 10, .split = true };
	t->is = t->was;
	t->is.t_ns += 200 * MS;
	t->is.cpu_ns += cpu_ms * MS;
	t->is.wait_ns += wait_ms * MS;
	t->is.turns += cpu_ms != 0;
	t->is.voluntary = state == 'S' && cpu_ms ? 40 : 0;
	t->is.involuntary = state == 'R' ? 40 : 0;
	t->stack_known = t->touched_known = true;
	t->reserved = 8 << 20;
	t->touched = 12 << 10;
	t->guard = GUARD_PROT_NONE;
	c.n++;
	return t;
}

static void in_call(struct census_task *t, int64_t x86_64, int64_t common)
{
	t->call_known = true;
	t->nr = strcmp(abi_native()->name, "x86_64") == 0 ? x86_64 : common;
}

static int set_up(void **state)
{
	(void)state;
	c = (struct census){ .pid = 100,
		.comm = "server",
		.libc = LIBC_GLIBC,
		.words64 = true,
		.begin_ns = 1000 * MS,
		.end_ns = 1200 * MS,
		.vm = 1 << 30,
		.resident = 9 << 20,
		.task = task };
	c.machine =
		(struct census_machine){ .cpus = 2, .kernel_stack = 16384, .throttled = { UINT64_MAX, UINT64_MAX } };
	in_call(add("server", 'S', 0, 0), 281, 22);
	add("spin-1", 'R', 100, 90)->nice = 5;
	add("spin-2", 'R', 90, 100);
	in_call(add("io, \"x\"", 'S', 2, 1), 0, 63);
	snprintf(task[3].file, sizeof(task[3].file), "socket");
	in_call(add("exec-1", 'S', 0, 0), 35, 101);
	in_call(add("exec-2", 'S', 0, 0), 35, 101);
	assert_int_equal(census_names(&c), 0);
	census_places(&c);
	outbuf_init(&out, 1 << 20);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	outbuf_release(&out);
	return 0;
}

static void is(const char *text)
{
	assert_int_equal(outbuf_status(&out), 0);
	assert_string_equal(outbuf_str(&out), text);
}

static void a_table_has_the_hottest_first(void **state)
{
	struct census_view v;
	(void)state;

	census_view_init(&v, BY_NAME_AND_WAIT);
	assert_int_equal(census_text(&c, &v, &out), 0);
	is("100 server: 6 threads (R 2, S 4); within 200 ms 0 born, 0 ended\n"
	   "    CPU 96.0 % of 2 CPUs; ready and waiting 95.5 %; 200 switches a second of themselves, 400 not\n"
	   "    memory 9 MiB resident of 1 GiB; stacks reserve 48 MiB and hold 72 KiB; in the kernel 96 KiB\n"
	   "COUNT  NAME      CPU%  QUEUE%  VOL/s  INVOL/s  STATE  WAITS IN               STACK  TOUCHED  OTHER\n"
	   "    2  spin-{N}  95.0    95.0    0.0    400.0  R2     runs, or is ready to  16 MiB   24 KiB  nice 0..5\n"
	   "    1  io, \"x\"    1.0     0.5  200.0      0.0  S      read of a socket       8 MiB   12 KiB  -\n"
	   "    2  exec-{N}   0.0     0.0    0.0      0.0  S2     sleeps: nanosleep     16 MiB   24 KiB  -\n"
	   "    1  server     0.0     0.0    0.0      0.0  S      epoll_wait             8 MiB   12 KiB  -\n");
}

static void what_has_no_room_is_summed_up(void **state)
{
	struct census_view v;
	char error[256];
	(void)state;

	census_view_init(&v, BY_NAME);
	assert_int_equal(census_view_columns(&v, "name,count,cpu,stack,nice", error), 0);
	v.top = 1;
	assert_int_equal(census_text(&c, &v, &out), 0);
	const char *table = strstr(outbuf_str(&out), "NAME");
	assert_non_null(table);
	assert_string_equal(table,
		"NAME       COUNT  CPU%   STACK  NICE\n"
		"spin-{N}       2  95.0  16 MiB  0..5\n"
		"(several)      4   1.0  32 MiB  0\n"
		"    the last row: 3 more (--top=4 shows all)\n");
}

static void threads_are_rows_of_their_own(void **state)
{
	struct census_view v;
	char error[256];
	(void)state;

	census_view_init(&v, BY_THREAD);
	assert_int_equal(census_view_columns(&v, "tid,name,cpu,state,affinity", error), 0);
	assert_int_equal(census_csv(&c, &v, true, &out), 0);
	is("tid,name,cpu,state,affinity\n101,spin-1,50.000,R,0-1\n102,spin-2,45.000,R,0-1\n"
	   "103,\"io, "
	   "\"\"x\"\"\",1.000,S,0-1\n100,server,0.000,S,0-1\n104,exec-1,0.000,S,0-1\n105,exec-2,0.000,S,0-1\n");
}

static void columns_and_their_names_agree(void **state)
{
	struct census_view v;
	char error[256];
	enum census_column col;
	(void)state;

	census_view_init(&v, BY_STATE);
	assert_int_equal(census_view_columns(&v, "tid,nonsense", error), -EINVAL);
	assert_non_null(strstr(error, "no column 'nonsense'; there are pid,tid,count"));
	assert_int_equal(census_column_by_name(&col, "cpu", 3), 0);
	assert_int_equal(col, COL_CPU);
	assert_int_equal(census_column_by_name(&col, "cp", 2), -EINVAL);
}

static void json_has_numbers_as_they_are(void **state)
{
	struct census_view v;
	(void)state;

	census_view_init(&v, BY_NAME);
	v.top = 1;
	assert_int_equal(census_json(&c, &v, &out), 0);
	is("{\"event\":\"census\",\"pid\":100,\"name\":\"server\",\"threads\":6,\"states\":{\"R\":2,\"S\":4},"
	   "\"interval_ns\":200000000,"
	   "\"born\":0,\"ended\":0,\"cpus\":2,\"cpu\":96.0,\"queue\":95.5,\"voluntary\":200.0,\"involuntary\":400.0,"
	   "\"resident\":9437184,\"address_space\":1073741824,\"stack\":50331648,\"touched\":73728,\"kernel_stacks\":"
	   "98304}\n"
	   "{\"event\":\"census_group\",\"pid\":100,\"tid\":101,\"count\":2,\"name\":\"spin-{N}\",\"role\":null,"
	   "\"start\":null,\"cpu\":95.0,"
	   "\"queue\":95.0,"
	   "\"voluntary\":0.0,\"involuntary\":400.0,\"state\":{\"R\":2},\"wait\":\"runs, or is ready "
	   "to\",\"asleep\":null,\"stack\":16777216,"
	   "\"touched\":24576,\"guard\":\"PROT_NONE\",\"nice\":[0,5],\"policy\":\"SCHED_OTHER\",\"priority\":[0,0],"
	   "\"affinity\":\"0-1\",\"last_cpu\":[0,0],\"time\":10190000000}\n");
}

static void a_group_has_slept_between_so_long_and_so_long(void **state)
{
	struct census_view v;
	char error[256];
	(void)state;

	for (size_t i = 0; i < c.n; i++) {
		c.task[i].asleep_known = c.task[i].state == 'S' && i % 2;
		c.task[i].asleep_ns = 1000000000U * (i + 1);
	}
	census_view_init(&v, BY_STATE);
	assert_false(census_view_asks(&v, COL_ASLEEP));
	assert_int_equal(census_view_columns(&v, "state,asleep", error), 0);
	assert_true(census_view_asks(&v, COL_ASLEEP));
	assert_int_equal(census_csv(&c, &v, true, &out), 0);
	is("state,asleep\nR2,\nS4,4000000000..6000000000\n");
	v.n_columns = 1;
	v.sort = COL_ASLEEP;
	assert_true(census_view_asks(&v, COL_ASLEEP));
}

static void what_is_not_known_is_said_once(void **state)
{
	struct census_view v;
	(void)state;

	for (size_t i = 0; i < c.n; i++)
		task[i].stack_known = task[i].touched_known = false;
	c.lacks[CENSUS_NO_STACK] = c.n;
	c.why[CENSUS_NO_STACK] = "because";
	census_view_init(&v, BY_STATE);
	assert_int_equal(census_text(&c, &v, &out), 0);
	assert_non_null(strstr(outbuf_str(&out), "    - of 6 threads: the stack is not known: because\n"));
	assert_non_null(strstr(outbuf_str(&out), "      -        -  nice 0..5\n"));
}

static void every_grouping_counts_all(void **state)
{
	static const struct {
		enum census_by by;
		size_t groups;
	} rows[] = { { BY_NAME_AND_WAIT, 4 }, { BY_NAME, 4 }, { BY_STATE, 2 }, { BY_WAIT, 4 }, { BY_POLICY, 1 },
		{ BY_ROLE, 1 }, { BY_START, 3 }, { BY_THREAD, 6 } };
	(void)state;

	for (size_t i = 0; i < 3; i++)
		snprintf(task[i].start, sizeof(task[i].start), "%s", i ? "worker at pool.c:31" : "timer");
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct census_group *g, sum = { .n = 0 };
		size_t n;
		assert_int_equal(census_groups(&c, rows[i].by, &g, &n), 0);
		assert_int_equal(n, rows[i].groups);
		for (size_t k = 0; k < n; k++)
			census_add_group(&sum, &g[k]);
		assert_int_equal(sum.n, c.n);
		assert_int_equal(sum.states[0], 2);
		assert_true(sum.cpu > 95.99 && sum.cpu < 96.01);
		assert_int_equal(sum.reserved, 48 << 20);
		free(g);
	}
}

static void a_part_is_kept(void **state)
{
	struct census_filter f = { .name = "exec", .like = BY_THREAD };
	struct census part = c;
	struct census_task copy[ARRAY_SIZE(task)];
	(void)state;

	memcpy(copy, task, sizeof(copy));
	part.task = copy;
	census_keep(&part, &f);
	assert_int_equal(part.n, 2);
	assert_string_equal(copy[0].comm, "exec-1");
	f.name[0] = '\0';
	census_filter_like(&f, BY_NAME_AND_WAIT, &task[1]);
	memcpy(copy, task, sizeof(copy));
	part.n = c.n;
	census_keep(&part, &f);
	assert_int_equal(part.n, 2);
	assert_string_equal(copy[1].comm, "spin-2");
	census_filter_like(&f, BY_STATE, &task[0]);
	census_keep(&part, &f);
	assert_int_equal(part.n, 0);
}

/* By name and module, not of the first thread; the column comes with the grouping. */
static void roles_make_groups(void **state)
{
	static const char *const mapped[] = { "server", "libjvm.so", "libc.so.6" };
	struct census_filter f = { .like = BY_THREAD };
	struct census_view v;
	struct census part = c;
	(void)state;

	snprintf(task[0].comm, COMM_LEN, "VM Thread");
	snprintf(task[1].comm, COMM_LEN, "GC Thread#0");
	snprintf(task[2].comm, COMM_LEN, "GC Thread#1");
	snprintf(task[3].comm, COMM_LEN, "iou-wrk-104");
	task[3].flags = ROLE_PF_IO_WORKER;
	census_roles(&c, &(struct role_process){ mapped, 1 });
	assert_string_equal(task[1].role, "");
	assert_string_equal(task[3].role, "io_uring worker (Linux)");
	census_roles(&c, &(struct role_process){ mapped, ARRAY_SIZE(mapped) });
	assert_string_equal(task[0].role, "");
	assert_string_equal(task[1].role, "GC worker (OpenJDK)");
	assert_string_equal(task[2].role, "GC worker (OpenJDK)");
	assert_string_equal(task[4].role, "");
	census_view_init(&v, BY_ROLE);
	assert_int_equal(census_view_columns(&v, "count,role", (char[256]){ 0 }), 0);
	assert_int_equal(census_text(&c, &v, &out), 0);
	const char *table = strstr(outbuf_str(&out), "COUNT");
	assert_non_null(table);
	assert_string_equal(table,
		"COUNT  ROLE\n"
		"    2  GC worker (OpenJDK)\n"
		"    1  io_uring worker (Linux)\n"
		"    3  -\n");
	census_filter_like(&f, BY_ROLE, &task[1]);
	census_keep(&part, &f);
	assert_int_equal(part.n, 2);
	census_view_init(&v, BY_ROLE);
	assert_int_equal(v.column[2], COL_ROLE);
	v.n_columns = 0;
	assert_true(census_view_asks(&v, COL_ROLE));
	assert_false(census_view_asks(&v, COL_START));
	census_view_init(&v, BY_START);
	assert_int_equal(v.column[2], COL_START);
	assert_true(census_view_asks(&v, COL_START));
}

static void looks_are_averaged(void **state)
{
	struct census_tally t = { .row = NULL };
	(void)state;

	for (unsigned i = 0; i < 4; i++) {
		task[1].state = i ? 'S' : 'R'; /* one of four times */
		census_places(&c);
		assert_int_equal(census_tally_add(&t, &c, BY_NAME), 0);
		c.end_ns += 500 * MS;
	}
	census_tally_text(&t, &c, 2, &out);
	is("100 server: 4 looks within 1.5 s; so many threads on average, active ones (R, D) first\n"
	   "  ACTIVE       ALL  STATE               NAME                      WAITS IN\n"
	   "    1.25      2.00  R 1.2, S 0.8        spin-{N}                  -\n"
	   "    0.00      2.00  S 2.0               exec-{N}                  -\n"
	   "    and 2 more (--top=0 shows all)\n");
	outbuf_clear(&out);
	assert_int_equal(census_tally_json(&t, &c, 1, &out), 0);
	is("{\"event\":\"census_tally\",\"pid\":100,\"looks\":4,\"name\":\"spin-{N}\",\"wait\":null,\"active\":1.25,"
	   "\"all\":2.0,"
	   "\"states\":{\"R\":1.25,\"S\":0.75}}\n");
	census_tally_release(&t);
}

static void a_thread_has_a_page(void **state)
{
	(void)state;
	census_thread_page(&c, &task[3], &out);
	assert_non_null(strstr(outbuf_str(&out), "  NAME        io, \"x\"\n"));
	assert_non_null(strstr(outbuf_str(&out), "  WAITS IN    read of a socket\n"));
	assert_non_null(strstr(outbuf_str(&out), "  SWITCHES    40 of itself, 0 not, since its birth\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_table_has_the_hottest_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_has_no_room_is_summed_up, set_up, tear_down),
		cmocka_unit_test_setup_teardown(threads_are_rows_of_their_own, set_up, tear_down),
		cmocka_unit_test_setup_teardown(columns_and_their_names_agree, set_up, tear_down),
		cmocka_unit_test_setup_teardown(json_has_numbers_as_they_are, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_group_has_slept_between_so_long_and_so_long, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_not_known_is_said_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(every_grouping_counts_all, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_part_is_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(roles_make_groups, set_up, tear_down),
		cmocka_unit_test_setup_teardown(looks_are_averaged, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_thread_has_a_page, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

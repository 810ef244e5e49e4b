/* SPDX-License-Identifier: MIT */
/* From samples to rows, from a command's line to a row, and the page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include <thrtrace/cost.h>

static void samples_give_min_median_and_p99(void **state)
{
	double sample[200];
	struct cost c;
	(void)state;

	for (unsigned i = 0; i < 200; i++)
		sample[i] = 1000 + (i * 77) % 200; /* each once, in disorder */
	cost_of(&c, COST_PTHREAD, sample, 200, NULL);
	assert_string_equal(c.key, "pthread");
	assert_int_equal((int)c.min, 1000);
	assert_int_equal((int)c.median, 1100);
	assert_int_equal((int)c.p99, 1197);
	assert_int_equal((int)c.said, 20000);
	cost_of(&c, COST_VFORK, sample, 1, NULL);
	assert_true(c.min <= c.median && c.median <= c.p99);
	cost_of(&c, COST_VFORK, sample, 0, "because");
	assert_int_equal(c.n, 0);
	assert_string_equal(c.unknown, "because");
}

static void a_command_prints_a_row(void **state)
{
	static const char *const bad[] = { "", "x", "{}", "{\"name\":\"x\"}", "{\"median_ns\":1}",
		"{\"name\":1,\"median_ns\":1}", "[1]", "{\"name\":\"x\",\"median_ns\":-3}",
		"{\"name\":\"x\",\"median_ns\":\"3\"}" };
	struct cost c;
	(void)state;

	assert_int_equal(
		cost_of_line(&c, "{\"name\":\"tokio\\u0007 task\",\"median_ns\":250.5,\"min_ns\":200,\"n\":17}\n"), 0);
	assert_string_equal(c.what, "tokio\\7 task");
	assert_int_equal((int)c.min, 200);
	assert_int_equal((int)c.median, 250);
	assert_int_equal((int)c.p99, 250);
	assert_int_equal(c.n, 17);
	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++)
		if (cost_of_line(&c, bad[i]) != -EINVAL)
			fail_msg("'%s' was taken", bad[i]);
}

static struct cost row[3];

static struct cost_page page(void)
{
	double thread[] = { 20000, 25000, 90000 }, task[] = { 8.64, 9.0, 12 };

	cost_of(&row[0], COST_PTHREAD, thread, 3, NULL);
	cost_of(&row[1], COST_TASK_SWITCH, task, 3, NULL);
	cost_of(&row[2], COST_THREADS_TWO, NULL, 0, "there is one CPU only");
	return (struct cost_page){ .row = row,
		.n = 3,
		.cpus = 1,
		.kernel = "6.18",
		.memory = { 1000, 8 << 20, 8192, 16384, 4300, UINT64_MAX, 30720 } };
}

static void a_page_has_what_is_said_beside(void **state)
{
	struct cost_page p = page();
	struct outbuf out;
	(void)state;

	outbuf_init(&out, 65536);
	cost_text(&p, &out);
	assert_string_equal(outbuf_str(&out),
		"On this machine (1 CPU, Linux 6.18), untraced. TIMES: of the first row; SAID: what is often said.\n"
		"\n"
		"                                                         MIN    MEDIAN       P99     TIMES      SAID\n"
		"pthread_create and pthread_join                      20.0 us   25.0 us   90.0 us      1.00   20.0 us\n"
		"a task in user space: switch                          8.6 ns    9.0 ns   12.0 ns    0.0004   60.0 ns\n"
		"to another thread on another CPU: not measured: there is one CPU only\n"
		"\n"
		"Memory of a thread that sleeps, one of 1000:\n"
		"  address space (VmSize)                8 MiB\n"
		"  touched (VmRSS)                       8 KiB\n"
		"  kernel stack (KernelStack)            16 KiB\n"
		"  page tables (VmPTE)                   4.2 KiB\n"
		"  other kernel memory (SUnreclaim)      not known\n"
		"  the kernel's, by the control group    30 KiB\n");
	outbuf_release(&out);
}

static void json_has_a_line_a_row(void **state)
{
	struct cost_page p = page();
	struct outbuf out;
	(void)state;

	outbuf_init(&out, 65536);
	assert_int_equal(cost_json(&p, &out), 0);
	assert_string_equal(outbuf_str(&out),
		"{\"event\":\"cost\",\"id\":\"pthread\",\"what\":\"pthread_create and "
		"pthread_join\",\"n\":3,\"min_ns\":20000.0,"
		"\"median_ns\":25000.0,\"p99_ns\":90000.0,\"times\":1.0,\"said_ns\":20000.0}\n"
		"{\"event\":\"cost\",\"id\":\"task-switch\",\"what\":\"a task in user space: "
		"switch\",\"n\":3,\"min_ns\":8.6,"
		"\"median_ns\":9.0,\"p99_ns\":12.0,\"times\":0.00036,\"said_ns\":60.0}\n"
		"{\"event\":\"cost\",\"id\":\"thread-switch-cpus\",\"what\":\"to another thread on another "
		"CPU\",\"n\":0,"
		"\"median_ns\":null,\"unknown\":{\"median_ns\":\"there is one CPU only\"},\"said_ns\":null}\n"
		"{\"event\":\"cost_memory\",\"threads\":1000,\"address_space\":8388608,\"resident\":8192,\"kernel_"
		"stack\":16384,"
		"\"page_tables\":4300,\"slab\":null,\"cgroup_kernel\":30720}\n");
	outbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_give_min_median_and_p99),
		cmocka_unit_test(a_command_prints_a_row),
		cmocka_unit_test(a_page_has_what_is_said_beside),
		cmocka_unit_test(json_has_a_line_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

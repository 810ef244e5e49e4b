/* SPDX-License-Identifier: MIT */
/* Threads that are in the same functions are one group; the busiest comes first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include <thrtrace/census_stacks.h>

#define MS      1000000ULL
#define THREADS 5

static struct census_task task[THREADS];
static struct census_stack stack[THREADS];
static struct frame frame[THREADS][2];
static struct census c;
static struct census_stacks s;
static struct outbuf out;

/* Each in work() of main(); each has a CPU for so many of 100 ms. */
static int begin(void **state)
{
	(void)state;
	c = (struct census){ .pid = 9, .task = task, .n = THREADS, .end_ns = 100 * MS };
	s = (struct census_stacks){ .stack = stack, .n = THREADS };
	for (size_t i = 0; i < THREADS; i++) {
		task[i] = (struct census_task){ .tid = (pid_t)(10 + i), .state = 'S', .comm = "w", .pattern = "w" };
		task[i].was = (struct census_account){ .t_ns = 1 };
		task[i].is = (struct census_account){ .t_ns = 1 + 100 * MS };
		frame[i][0] =
			(struct frame){ .pc = 0x1000 + i, .symbol = "work", .module = "p", .file = "p.c", .line = 7 };
		frame[i][1] =
			(struct frame){ .pc = 0x2000, .symbol = "main", .module = "p", .file = "p.c", .line = 20 };
		stack[i] = (struct census_stack){
			.tid = task[i].tid, .frame = frame[i], .n = 2, .held_ns = 1000 * (i + 1)
		};
	}
	outbuf_init(&out, 1U << 20);
	return 0;
}

static int end(void **state)
{
	(void)state;
	outbuf_release(&out);
	return 0;
}

static void shows(size_t top, const char *want)
{
	outbuf_clear(&out);
	assert_int_equal(census_stacks_text(&c, &s, top, &out), 0);
	assert_string_equal(outbuf_str(&out), want);
}

static void other_instructions_are_the_same_stack(void **state)
{
	(void)state;
	shows(0,
		"\nSTACKS of 9: 1 of 5 threads; each was stopped for it, for 3 us (the median), 5 us at most\n"
		"\n  5 threads, w, 0.0 % CPU: 10, 11, 12, 13 and 1 more\n      work at p.c:7\n      main at p.c:20\n");
}

static void the_busiest_comes_first(void **state)
{
	(void)state;
	s.n = 3;
	frame[1][0].line = 8;
	task[1].is.cpu_ns = 50 * MS;
	stack[2].n = 0;
	stack[2].stopped = "it has ended";
	stack[2].held_ns = 0;
	shows(0,
		"\nSTACKS of 9: 3 of 3 threads; each was stopped for it, for 2 us (the median), 2 us at most\n"
		"\n  1 thread, w, 50.0 % CPU: 11\n      work at p.c:8\n      main at p.c:20\n"
		"\n  1 thread, w, 0.0 % CPU: 10\n      work at p.c:7\n      main at p.c:20\n"
		"\n  1 thread, w, 0.0 % CPU: 12\n      it has ended\n");
}

static void the_rest_is_counted(void **state)
{
	(void)state;
	frame[4][1].symbol = "other";
	stack[3].stopped = "no unwind information";
	for (size_t i = 0; i < THREADS; i++)
		stack[i].held_ns = 0;
	shows(1,
		"\nSTACKS of 9: 3 of 5 threads\n"
		"\n  3 threads, w, 0.0 % CPU: 10, 11, 12\n      work at p.c:7\n      main at p.c:20\n"
		"\n  2 more stacks of 2 threads: --top=0 shows all\n");
}

static void without_symbols_addresses_part_them(void **state)
{
	(void)state;
	s.n = 2;
	frame[0][0].symbol = frame[1][0].symbol = NULL;
	outbuf_clear(&out);
	assert_int_equal(census_stacks_json(&c, &s, 0, &out), 0);
	assert_non_null(strstr(outbuf_str(&out), "\"n\":1,\"tids\":[10]"));
	frame[1][0].pc = frame[0][0].pc;
	outbuf_clear(&out);
	assert_int_equal(census_stacks_json(&c, &s, 0, &out), 0);
	assert_non_null(
		strstr(outbuf_str(&out), "\"n\":2,\"tids\":[10,11],\"name\":\"w\",\"cpu\":0.0,\"held_ns\":2000"));
	assert_int_equal(strchr(outbuf_str(&out), '\n') - outbuf_str(&out) + 1, (ptrdiff_t)out.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(other_instructions_are_the_same_stack, begin, end),
		cmocka_unit_test_setup_teardown(the_busiest_comes_first, begin, end),
		cmocka_unit_test_setup_teardown(the_rest_is_counted, begin, end),
		cmocka_unit_test_setup_teardown(without_symbols_addresses_part_them, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* The table of calls: what counts, what does not and is said, and how rows and columns stand. */
#include "teller.h"

#include <errno.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define BLOCK 0x7f0000000000

static void begin(struct teller *t, const struct sink_config *config, const char *mode)
{
	char *argv[] = { "prog", NULL };

	teller_init(t, 16, "calls", config);
	t->ev = (struct event){ .kind = EV_START,
		.u.start = { .argv = argv,
			.program = { .path = "/prog" },
			.version = "0",
			.kernel = "6",
			.arch = "",
			.mode = mode } };
	tell(t);
}

static void is(struct teller *t, const char *lines)
{
	t->ev = (struct event){ .kind = EV_SUMMARY };
	tell(t);
	assert_string_equal(outbuf_str(teller_out(t)), lines);
	teller_release(t);
}

static void timed(struct teller *t, const struct task *task, enum call_id id, int64_t result, uint64_t took_ns)
{
	t->call = (struct call){ .id = id, .abi = abi_native() };
	t->ev = (struct event){ .kind = EV_CALL,
		.task = task,
		.u.call = { .call = &t->call, .how = RESULT_SEEN, .result = result, .took_ns = took_ns } };
	tell(t);
}

/*
 * T0, of whose program the teller tells two execve, maps twice, once in vain, and its thread unmaps; one call never
 * returns, and one's result is not seen.
 */
static void story(struct teller *t)
{
	const struct task *main = tell_program(t, LIBC_GLIBC);
	struct call_clone args = pthread_args(BLOCK, 0x100000, BLOCK + 0xff000);
	const struct task *one = tell_birth(t, main, 101, &args, NULL);

	timed(t, main, CALL_mmap, 0x7000, 3000000);
	timed(t, main, CALL_mmap, -ENOMEM, 1000000);
	timed(t, one, CALL_munmap, 0, 4000000);
	t->call = (struct call){ .id = CALL_futex, .abi = abi_native() };
	t->ev = (struct event){ .kind = EV_CALL, .task = one, .u.call = { .call = &t->call, .how = RESULT_NEVER } };
	tell(t);
	t->call.id = CALL_rseq;
	t->ev.u.call.how = RESULT_NOT_SEEN;
	tell(t);
	t->call.id = CALL_exit;
	t->ev.u.call.how = RESULT_NEVER;
	tell(t);
	t->ev = (struct event){ .kind = EV_LOST, .u.lost = { .events = 7 } };
	tell(t);
}

static void calls_are_counted_as_strace_does(void **state)
{
	struct teller t;
	(void)state;

	begin(&t, NULL, "filter");
	story(&t);
	is(&t,
		"% time     seconds  usecs/call     calls    errors syscall\n"
		"------ ----------- ----------- --------- --------- ----------------\n"
		" 50.00    0.004000        2000         2         1 mmap\n"
		" 50.00    0.004000        4000         1           munmap\n"
		"  0.00    0.000000           0         2           execve\n"
		"  0.00    0.000000           0         1           rseq\n"
		"------ ----------- ----------- --------- --------- ----------------\n"
		"100.00    0.008000        2666         6         1 total\n"
		"not counted: 1 call that did not return\n"
		"of these, 1 whose result was not seen: no error is counted there\n"
		"not timed: 3 of these, whose ends had no stop: they are none of the seconds (-c times each)\n"
		"not counted: calls among 7 events that are missing here\n");
}

static void only_chosen_calls_count(void **state)
{
	struct call_choice choice = { .shown = { [CALL_munmap] = true } };
	struct sink_config config = { .chosen = &choice };
	char err[128];
	struct teller t;
	(void)state;

	assert_int_equal(count_columns_parse(&config.count, "calls,thread-calls,name,min-time,max-time", err, 128), 0);
	begin(&t, &config, "all");
	story(&t);
	is(&t,
		"    calls by threads syscall          shortest  longest\n"
		"--------- ---------- ---------------- -------- --------\n"
		"        1          1 munmap           0.004000 0.004000\n"
		"--------- ---------- ---------------- -------- --------\n"
		"        1          1 total            0.004000 0.004000\n"
		"not counted: calls among 7 events that are missing here\n");
}

static void rows_stand_as_they_are_asked_for(void **state)
{
	static const struct {
		const char *sort, *first;
	} rows[] = { { "calls", "execve" }, { "errors", "mmap" }, { "name", "execve" }, { "longest", "munmap" },
		{ "min-time", "munmap" }, { "avg-time", "munmap" }, { "thread-calls", "munmap" }, { "none", "execve" },
		{ "time", "mmap" } };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct sink_config config = { 0 };
		char err[128];
		struct teller t;
		assert_int_equal(count_columns_parse(&config.count, "name", err, sizeof(err)), 0);
		assert_int_equal(count_sort_parse(&config.count, rows[i].sort, err, sizeof(err)), 0);
		begin(&t, &config, "filter");
		story(&t);
		t.ev = (struct event){ .kind = EV_SUMMARY };
		tell(&t);
		const char *row = strstr(outbuf_str(teller_out(&t)), "--\n") + 3;
		if (strncmp(row, rows[i].first, strlen(rows[i].first)) != 0 || row[strlen(rows[i].first)] != '\n')
			fail_msg("by %s: %s", rows[i].sort, outbuf_str(teller_out(&t)));
		teller_release(&t);
	}
}

/* Where nobody is stopped the program's own execve is no call that was seen. */
static void what_cant_be_counted_is_said(void **state)
{
	struct call_choice by_rule;
	struct sink_config config = { .chosen = &by_rule };
	struct teller t;
	(void)state;

	choice_default(&by_rule);
	begin(&t, NULL, "light");
	tell_program(&t, LIBC_GLIBC);
	is(&t, "calls are not counted in light mode: no task is stopped at one (--seccomp-bpf and --no-seccomp do)\n");
	begin(&t, NULL, "observe");
	tell_program(&t, LIBC_GLIBC);
	is(&t, "calls are not counted by --observe, which stops nobody: at most those that make tasks are seen\n");
	begin(&t, &config, "filter");
	is(&t, "counted: calls of the lives of threads, as a trace shows them; -e trace=all: each that is followed\n");
}

/* Beside the text: what that shows comes first, and it alone says which explanations were read. */
static void a_table_stands_behind_another_view(void **state)
{
	struct sink_config config = { .counts = true };
	struct teller t;
	(void)state;

	teller_init(&t, 16, "strace", &config);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	timed(&t, main, CALL_munmap, 0, 1000);
	t.ev = (struct event){ .kind = EV_SUMMARY };
	tell(&t);
	const char *text = outbuf_str(teller_out(&t)), *call = strstr(text, "munmap("),
		   *titles = strstr(text, "% time");
	assert_non_null(call);
	assert_true(titles > call);
	assert_non_null(strstr(titles, " 2           total\n"));
	teller_release(&t);
	teller_init(&t, 16, "csv", &config); /* which no table may follow */
	tell_program(&t, LIBC_GLIBC);
	t.ev = (struct event){ .kind = EV_SUMMARY };
	tell(&t);
	assert_null(strstr(outbuf_str(teller_out(&t)), "% time"));
	teller_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_are_counted_as_strace_does),
		cmocka_unit_test(only_chosen_calls_count),
		cmocka_unit_test(rows_stand_as_they_are_asked_for),
		cmocka_unit_test(what_cant_be_counted_is_said),
		cmocka_unit_test(a_table_stands_behind_another_view),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

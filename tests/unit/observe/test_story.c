/* SPDX-License-Identifier: MIT */
/* What records of perf events come to: each order that a kernel may write them in. */
#include "scene.h"

#include <sys/wait.h>

static void a_thread_on_the_stack_that_was_opened_for_it(void **state)
{
	struct scene s;
	(void)state;

	begin(&s, false);
	starts(&s);
	maps(&s, PROGRAM, 0x7f0000000000, 0x7f0000801000, PROT_NONE);
	maps(&s, PROGRAM, 0x7f0000001000, 0x7f0000801000, PROT_READ | PROT_WRITE);
	thread(&s, PROGRAM, PROGRAM + 1);
	/* The next one's mapping ends in the guard of the first: the kernel tells the whole. */
	maps(&s, PROGRAM, 0x7effff7ff000, 0x7f0000001000, PROT_NONE);
	maps(&s, PROGRAM, 0x7effff800000, 0x7f0000000000, PROT_READ | PROT_WRITE);
	thread(&s, PROGRAM, PROGRAM + 2);
	thread(&s, PROGRAM, PROGRAM + 3); /* and one for which nothing was mapped */
	for (pid_t i = 1; i <= 3; i++)
		exits(&s, PROGRAM + i, PROGRAM);
	exits(&s, PROGRAM, PROGRAM);
	const char *told = over(&s, 0);
	assert_non_null(strstr(told, "T3 end observed"));
	assert_true(task_at(&s, 1)->stack.low == 0x7f0000001000 && task_at(&s, 1)->stack.high == 0x7f0000801000);
	assert_int_equal(task_at(&s, 1)->stack.guard_bytes, 0x1000);
	assert_true(task_at(&s, 2)->stack.low == 0x7effff800000 && task_at(&s, 2)->stack.high == 0x7f0000000000);
	assert_int_equal(task_at(&s, 3)->stack.kind, STACK_UNKNOWN);
	end(&s);
}

/* glibc from 2.42 on opens all of it at once, and guards it by madvise, of which there is no record. */
static void a_stack_whose_guard_is_in_no_record(void **state)
{
	struct scene s;
	(void)state;

	begin(&s, false);
	starts(&s);
	maps(&s, PROGRAM, 0x7f0000000000, 0x7f0000801000, PROT_READ | PROT_WRITE);
	thread(&s, PROGRAM, PROGRAM + 1);
	thread(&s, PROGRAM, PROGRAM + 2);
	for (pid_t i = 1; i <= 2; i++)
		exits(&s, PROGRAM + i, PROGRAM);
	exits(&s, PROGRAM, PROGRAM);
	over(&s, 0);
	assert_int_equal(task_at(&s, 1)->stack.kind, STACK_UNKNOWN);
	assert_non_null(strstr(task_at(&s, 1)->stack.unknown, "madvise"));
	assert_null(strstr(task_at(&s, 2)->stack.unknown, "madvise")); /* none was made for this one */
	end(&s);
}

/* An opened mapping that merges with what lies above it is no larger stack. */
static void a_merged_stack(void **state)
{
	struct scene s;
	(void)state;

	begin(&s, false);
	starts(&s);
	maps(&s, PROGRAM, 0x7f0000000000, 0x7f0000801000, PROT_NONE);
	maps(&s, PROGRAM, 0x7f0000001000, 0x7f0000900000, PROT_READ | PROT_WRITE);
	thread(&s, PROGRAM, PROGRAM + 1);
	exits(&s, PROGRAM + 1, PROGRAM);
	exits(&s, PROGRAM, PROGRAM);
	over(&s, 0);
	assert_true(task_at(&s, 1)->stack.high == 0x7f0000801000);
	end(&s);
}

/* malloc reserves an arena as pthread_create does a stack, and opens little of it. */
static void an_arena_is_no_stack(void **state)
{
	struct scene s;
	(void)state;

	begin(&s, false);
	starts(&s);
	maps(&s, PROGRAM, 0x7f0837800000, 0x7f083f800000, PROT_NONE);
	maps(&s, PROGRAM, 0x7f0838000000, 0x7f0838021000, PROT_READ | PROT_WRITE);
	thread(&s, PROGRAM, PROGRAM + 1);
	exits(&s, PROGRAM + 1, PROGRAM);
	exits(&s, PROGRAM, PROGRAM);
	over(&s, 0);
	assert_int_equal(task_at(&s, 1)->stack.kind, STACK_UNKNOWN);
	end(&s);
}

static void the_first_thread_leaves_before_the_others(void **state)
{
	struct scene s;
	(void)state;

	begin(&s, false);
	starts(&s);
	thread(&s, PROGRAM, PROGRAM + 1);
	exits(&s, PROGRAM, PROGRAM);
	thread(&s, PROGRAM + 1, PROGRAM + 2);
	exits(&s, PROGRAM + 1, PROGRAM);
	exits(&s, PROGRAM + 2, PROGRAM);
	const char *told = over(&s, 3 << 8);
	assert_true(strstr(told, "T2 end observed") < strstr(told, "T0 end observed, status 3"));
	end(&s);
}

/* The caller's own number gets no end: it is the first one's from then on. */
static void execve_by_another_thread(void **state)
{
	struct scene s;
	(void)state;

	begin(&s, false);
	starts(&s);
	thread(&s, PROGRAM, PROGRAM + 1);
	thread(&s, PROGRAM, PROGRAM + 2);
	exits(&s, PROGRAM, PROGRAM);
	exits(&s, PROGRAM + 2, PROGRAM);
	names(&s, PROGRAM, PROGRAM, "other", true);
	maps(&s, PROGRAM, 0x1000, 0x2000, PROT_READ);
	exits(&s, PROGRAM, PROGRAM);
	const char *told = over(&s, 0);
	const char *replaced = strstr(told, "T0 end execve");
	assert_non_null(replaced);
	assert_non_null(strstr(replaced, "T1 exec, had another tid"));
	assert_non_null(strstr(replaced, "T1 end observed, status 0"));
	assert_int_equal(task_at(&s, 1)->id.tid, PROGRAM);
	end(&s);
}

/* An end right after execve, before anything is mapped, is none: the kernel has taken the events away. */
static void a_program_that_may_not_be_watched(void **state)
{
	struct scene s;
	(void)state;

	begin(&s, true);
	starts(&s);
	forks(&s, PROGRAM, PROGRAM + 1, PROGRAM + 1, PROGRAM);
	struct perf_record exec = { .kind = PERF_COMM,
		.by_tid = PROGRAM + 1,
		.u.comm = { .tgid = PROGRAM + 1, .tid = PROGRAM + 1, .exec = true, .name = "su" } };
	add(&s, exec);
	exits(&s, PROGRAM + 1, PROGRAM + 1);
	exits(&s, PROGRAM, PROGRAM);
	const char *told = over(&s, 0);
	const char *dark = strstr(told, "T1 finding watch-ended");
	assert_non_null(dark);
	assert_non_null(strstr(dark, "T1 end detached")); /* it lives on */
	end(&s);

	begin(&s, false);
	names(&s, PROGRAM, PROGRAM, "su", true);
	exits(&s, PROGRAM, PROGRAM);
	assert_non_null(strstr(over(&s, 7 << 8), "T0 end observed, status 7"));
	end(&s);
}

static void names_and_who_gives_them(void **state)
{
	struct scene s;
	(void)state;

	begin(&s, false);
	starts(&s);
	thread(&s, PROGRAM, PROGRAM + 1);
	names(&s, PROGRAM, PROGRAM + 1, "worker", false);
	names(&s, PROGRAM, PROGRAM + 1, "worker", false); /* the same again tells nothing */
	exits(&s, PROGRAM + 1, PROGRAM);
	exits(&s, PROGRAM, PROGRAM);
	const char *told = over(&s, 0), *first = strstr(told, "T1 named worker");
	assert_non_null(first);
	assert_null(strstr(first + strlen("T1 named"), "named"));
	assert_string_equal(task_at(&s, 1)->comm, "worker");
	end(&s);
}

static void turns_on_a_cpu(void **state)
{
	struct scene s;
	(void)state;

	begin(&s, false);
	starts(&s);
	thread(&s, PROGRAM, PROGRAM + 1);
	s.step_ns = 10 * MS;
	switches(&s, PROGRAM + 1, false, false); /* 10 ms after its birth */
	switches(&s, PROGRAM + 1, true, true);   /* ran 10 ms, and would have run on */
	switches(&s, PROGRAM + 1, false, false); /* after 10 ms */
	switches(&s, PROGRAM + 1, true, false);  /* sleeps */
	switches(&s, PROGRAM + 1, false, false); /* how much of that was waiting is not told */
	exits(&s, PROGRAM + 1, PROGRAM);
	exits(&s, PROGRAM, PROGRAM);
	over(&s, 0);
	const struct ev_end *e = &task_at(&s, 1)->end;
	assert_true(e->cpu_known && e->split_known && e->wait_least);
	assert_int_equal(e->cpu_ns, 30 * MS);
	assert_int_equal(e->wait_ns, 20 * MS);
	assert_int_equal(e->turns, 3);
	assert_int_equal(e->voluntary, 1);
	assert_int_equal(e->involuntary, 1);
	end(&s);
}

/* Of a process that is not followed its birth is told; what it does is its own. */
static void a_process_that_is_not_followed(void **state)
{
	struct scene s;
	(void)state;

	begin(&s, false);
	starts(&s);
	forks(&s, PROGRAM, PROGRAM + 1, PROGRAM + 1, PROGRAM);
	forks(&s, PROGRAM + 1, PROGRAM + 2, PROGRAM + 1, PROGRAM + 1);
	exits(&s, PROGRAM + 2, PROGRAM + 1);
	exits(&s, PROGRAM + 1, PROGRAM + 1);
	exits(&s, PROGRAM, PROGRAM);
	const char *told = over(&s, 0);
	assert_null(strstr(told, "T2"));
	assert_int_equal(task_at(&s, 1)->life, TASK_DEAD);
	end(&s);
}

/* The program's last end waits for its status; whatever else is old enough is told. */
static void the_status_comes_after_the_end(void **state)
{
	struct scene s;
	(void)state;

	begin(&s, true);
	starts(&s);
	exits(&s, PROGRAM, PROGRAM);
	s.story.whole_ns = s.t_ns + 100 * MS;
	assert_false(story_tell(&s.story, 100, false));
	assert_null(strstr(outbuf_str(&s.recorder.story), "end"));
	assert_true(story_lives(&s.story));
	s.run.main.ended = true;
	s.run.main.wstatus = 9;
	assert_false(story_tell(&s.story, 100, false));
	assert_non_null(strstr(outbuf_str(&s.recorder.story), "T0 end signal 9"));
	assert_false(story_lives(&s.story));
	end(&s);
}

/* Records of tasks whose birth was lost, or that were told twice, change nothing. */
static void strangers_and_doubles(void **state)
{
	struct scene s;
	(void)state;

	begin(&s, true);
	exits(&s, PROGRAM + 9, PROGRAM + 9); /* before the program runs */
	starts(&s);
	thread(&s, PROGRAM, PROGRAM + 1);
	thread(&s, PROGRAM, PROGRAM + 1);
	thread(&s, PROGRAM + 8, PROGRAM + 7);
	switches(&s, PROGRAM + 8, false, false);
	maps(&s, PROGRAM + 8, 0x1000, 0x2000, PROT_NONE);
	names(&s, PROGRAM + 8, PROGRAM + 8, "stranger", false);
	exits(&s, PROGRAM + 8, PROGRAM);
	exits(&s, PROGRAM + 1, PROGRAM);
	exits(&s, PROGRAM + 1, PROGRAM);
	exits(&s, PROGRAM, PROGRAM);
	const char *told = over(&s, 0);
	assert_null(strstr(told, "T2"));
	assert_null(strstr(told, "stranger"));
	end(&s);
}

static int in_group(void *ctx, pid_t tgid, pid_t tid)
{
	(void)ctx, (void)tgid;

	return tid == PROGRAM || tid == PROGRAM + 2;
}

/* Of two threads one is gone, and no record says so; nobody but the kernel knows of the other. */
static void an_end_whose_record_was_lost(void **state)
{
	struct scene s;
	(void)state;

	begin(&s, true);
	s.k.in_group = in_group;
	starts(&s);
	thread(&s, PROGRAM, PROGRAM + 1);
	thread(&s, PROGRAM, PROGRAM + 2);
	s.story.whole_ns = s.t_ns;
	while (story_tell(&s.story, 3, true))
		;
	story_drop_gone(&s.story);
	assert_int_equal(task_at(&s, 1)->life, TASK_DEAD);
	assert_int_equal(task_at(&s, 2)->life, TASK_LIVE);
	exits(&s, PROGRAM + 2, PROGRAM);
	exits(&s, PROGRAM, PROGRAM);
	const char *told = over(&s, 0);
	assert_non_null(strstr(told, "T1 end unseen"));
	assert_non_null(strstr(told, "T2 end observed"));
	end(&s);
}

/* From then on nobody is said to live because no end of him was told: at once, whenever it was that they were lost. */
static void losses_leave_in_doubt_who_lives(void **state)
{
	const struct perf_record lost = { .kind = PERF_LOST, .u.lost.count = 3 };
	struct scene s;
	(void)state;

	begin(&s, true);
	starts(&s);
	assert_false(model_lacks_ends(s.run.tell.model));
	assert_int_equal(story_take(&s.story, &lost, &lost, 0), 0);
	assert_true(model_lacks_ends(s.run.tell.model));
	assert_int_equal(s.story.lost, 3);
	exits(&s, PROGRAM, PROGRAM);
	over(&s, 0);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thread_on_the_stack_that_was_opened_for_it),
		cmocka_unit_test(a_stack_whose_guard_is_in_no_record),
		cmocka_unit_test(a_merged_stack),
		cmocka_unit_test(an_arena_is_no_stack),
		cmocka_unit_test(the_first_thread_leaves_before_the_others),
		cmocka_unit_test(execve_by_another_thread),
		cmocka_unit_test(a_program_that_may_not_be_watched),
		cmocka_unit_test(names_and_who_gives_them),
		cmocka_unit_test(turns_on_a_cpu),
		cmocka_unit_test(a_process_that_is_not_followed),
		cmocka_unit_test(the_status_comes_after_the_end),
		cmocka_unit_test(strangers_and_doubles),
		cmocka_unit_test(an_end_whose_record_was_lost),
		cmocka_unit_test(losses_leave_in_doubt_who_lives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

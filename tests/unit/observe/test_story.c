/* SPDX-License-Identifier: MIT */
/* What records of perf events come to: each order that a kernel may write them in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <thrtrace/abi.h>

#include "kernel/program.h"
#include "observe/story.h"
#include "recorder.h"

#define PROGRAM 5000000
#define MS      UINT64_C(1000000)

/* A trace of PROGRAM whose records are told one after the other, each `step` after the last. */
struct scene {
	struct run run;
	struct kernel k;
	struct recorder recorder;
	struct story story;
	uint64_t t_ns, step_ns;
};

static uint64_t now(void *ctx)
{
	return ((struct scene *)ctx)->t_ns;
}

static int origin(void *ctx, struct origin *ret)
{
	(void)ctx;
	*ret = (struct origin){ .kernel = "6.18", .machine = "x86_64", .version = "1" };
	return 0;
}

static void identify(void *ctx, pid_t tid, struct program_facts *ret)
{
	(void)ctx;
	(void)tid;
	*ret = (struct program_facts){ .path = "/bin/program", .kind = LIBC_GLIBC };
}

static void begin(struct scene *s, bool follow)
{
	memset(s, 0, sizeof(*s));
	s->t_ns = MS;
	s->step_ns = 1000;
	s->k = (struct kernel){ .ctx = s, .now_ns = now, .origin = origin, .identify = identify };
	recorder_init(&s->recorder);
	s->run = (struct run){ .k = &s->k, .asked = { .mode = MODE_OBSERVE, .follow_forks = follow } };
	const struct view v = { .sink = &s->recorder.s, .output.fd = -1 };
	assert_int_equal(telling_add_view(&s->run.tell, &v), 0);
	assert_int_equal(run_begin_telling(&s->run, 100, s->t_ns), 0);
	s->story = (struct story){ .r = &s->run, .path = "/bin/program" };
}

static void add(struct scene *s, struct perf_record r)
{
	s->t_ns += s->step_ns;
	r.t_ns = s->t_ns;
	assert_int_equal(order_add(&s->story.order, &r), 0);
}

static void forks(struct scene *s, pid_t by, pid_t tid, pid_t tgid, pid_t by_tgid)
{
	add(s,
		(struct perf_record){ .kind = PERF_FORK,
			.by_tgid = by_tgid,
			.by_tid = by,
			.u.task = { .tgid = tgid, .tid = tid, .parent_tgid = by_tgid, .parent_tid = by } });
}

static void thread(struct scene *s, pid_t by, pid_t tid)
{
	forks(s, by, tid, PROGRAM, PROGRAM);
}

static void exits(struct scene *s, pid_t tid, pid_t tgid)
{
	add(s,
		(struct perf_record){ .kind = PERF_EXIT,
			.by_tgid = tgid,
			.by_tid = tid,
			.u.task = { .tgid = tgid, .tid = tid, .parent_tgid = 1, .parent_tid = 1 } });
}

static void names(struct scene *s, pid_t by, pid_t tid, const char *name, bool exec)
{
	struct perf_record r = { .kind = PERF_COMM,
		.by_tgid = PROGRAM,
		.by_tid = by,
		.u.comm = { .tgid = PROGRAM, .tid = tid, .exec = exec } };

	strncpy(r.u.comm.name, name, sizeof(r.u.comm.name) - 1);
	add(s, r);
}

static void maps(struct scene *s, pid_t by, taddr low, taddr high, uint32_t prot)
{
	add(s,
		(struct perf_record){ .kind = PERF_MAP,
			.by_tgid = PROGRAM,
			.by_tid = by,
			.u.map = { PROGRAM, by, low, high, prot, true } });
}

static void switches(struct scene *s, pid_t tid, bool out, bool preempted)
{
	add(s, (struct perf_record){ .kind = PERF_SWITCH, .by_tid = tid, .u.change = { out, preempted } });
}

static void starts(struct scene *s)
{
	names(s, PROGRAM, PROGRAM, "program", true);
	maps(s, PROGRAM, 0x1000, 0x2000, PROT_READ);
}

/* The program's exit status is known, and everything is told. */
static const char *over(struct scene *s, int wstatus)
{
	s->run.main.ended = true;
	s->run.main.wstatus = wstatus;
	s->story.whole_ns = s->t_ns;
	while (story_tell(&s->story, 3, true))
		;
	story_leave(&s->story);
	assert_int_equal(s->run.error, 0);
	recorder_finish(&s->recorder);
	assert_string_equal(s->recorder.broken, "");
	return outbuf_str(&s->recorder.story);
}

static void end(struct scene *s)
{
	story_release(&s->story);
	run_release(&s->run);
	recorder_release(&s->recorder);
}

static const struct task *task_at(struct scene *s, uint32_t label)
{
	return model_by_serial(s->run.tell.model, label + 1);
}

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

/* ---- with samples of calls ---- */

static struct seen_call *seen_call(uint64_t t_ns, bool begins, enum call_id id)
{
	struct seen_call *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	c->begins = begins;
	c->t_ns = t_ns;
	c->call.id = id;
	c->call.abi = abi_native();
	return c;
}

static struct seen_call *call_at(struct scene *s, pid_t by, bool begins, enum call_id id)
{
	struct seen_call *c = seen_call(s->t_ns + s->step_ns, begins, id);

	add(s, (struct perf_record){ .kind = PERF_SAMPLE, .by_tgid = PROGRAM, .by_tid = by, .u.call = c });
	return c;
}

/* clone3 is called with these flags, and a stack of 64 KiB. */
static struct seen_call *clones(struct scene *s, pid_t by, uint64_t flags)
{
	struct seen_call *c = call_at(s, by, true, CALL_clone3);

	c->call.u.clone = (struct call_clone){ .via = VIA_CLONE3,
		.flags = flags,
		.stack = 0x7f0000000000,
		.stack_size = 0x10000,
		.args_read = 88,
		.args_size = 88 };
	return c;
}

static void fails(struct scene *s, pid_t by, int err)
{
	call_at(s, by, false, CALL_clone3)->result = -err;
}

static int everybody(void *ctx, pid_t tgid, pid_t tid)
{
	(void)ctx;
	(void)tgid;
	(void)tid;
	return 1;
}

static ssize_t no_proc(void *ctx, pid_t tid, const char *file, char *buf, size_t n)
{
	(void)ctx;
	(void)tid;
	(void)file;
	(void)buf;
	(void)n;
	return -ENOENT;
}

static int no_vma(void *ctx, pid_t tid, taddr addr, bool next, struct vma *ret)
{
	(void)ctx;
	(void)tid;
	(void)addr;
	(void)next;
	(void)ret;
	return -ENOENT;
}

#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)

static void begin_seen(struct scene *s)
{
	begin(s, true);
	s->k.in_group = everybody;
	s->k.vma = no_vma;
	s->k.read_proc = no_proc;
	starts(s);
}

/* The call before a birth is the one that made it; what the kernel says of it wins. */
static void calls_that_make(void **state)
{
	struct scene s;
	(void)state;

	begin_seen(&s);
	clones(&s, PROGRAM, THREAD_FLAGS);
	thread(&s, PROGRAM, PROGRAM + 1);
	clones(&s, PROGRAM, THREAD_FLAGS);
	forks(&s, PROGRAM, PROGRAM + 2, PROGRAM + 2, PROGRAM); /* another thread wrote other flags meanwhile */
	clones(&s, PROGRAM, THREAD_FLAGS)->elsewhere = true;
	thread(&s, PROGRAM, PROGRAM + 3);
	thread(&s, PROGRAM, PROGRAM + 4); /* by the kernel itself */
	exits(&s, PROGRAM + 2, PROGRAM + 2);
	for (pid_t i = 1; i <= 4; i++)
		if (i != 2)
			exits(&s, PROGRAM + i, PROGRAM);
	exits(&s, PROGRAM, PROGRAM);
	over(&s, 0);
	assert_true(task_at(&s, 1)->stack.low == 0x7f0000000000 && task_at(&s, 1)->stack.high == 0x7f0000010000);
	assert_false(task_at(&s, 2)->thread);
	assert_int_equal(task_at(&s, 3)->stack.kind, STACK_UNKNOWN);
	assert_int_equal(task_at(&s, 4)->stack.kind, STACK_UNKNOWN);
	end(&s);
}

/* A call that failed is over: what is born next was not made by it. */
static void a_call_that_makes_nothing(void **state)
{
	struct scene s;
	(void)state;

	begin_seen(&s);
	clones(&s, PROGRAM, THREAD_FLAGS)->elsewhere = true;
	fails(&s, PROGRAM, EINVAL);
	thread(&s, PROGRAM, PROGRAM + 1);
	fails(&s, PROGRAM, EINVAL); /* of a call whose beginning was lost */
	exits(&s, PROGRAM + 1, PROGRAM);
	exits(&s, PROGRAM, PROGRAM);
	const char *told = over(&s, 0);
	assert_non_null(strstr(told, "clone3"));
	assert_non_null(strstr(told, "T1 birth"));
	end(&s);
}

/* exit(2) ends its caller; of a process the first exit_group(2) counts, and the others end by its caller. */
static void calls_that_end(void **state)
{
	struct scene s;
	(void)state;

	begin_seen(&s);
	for (pid_t i = 1; i <= 3; i++)
		thread(&s, PROGRAM, PROGRAM + i);
	call_at(&s, PROGRAM + 1, true, CALL_exit)->call.arg[0] = 7;
	exits(&s, PROGRAM + 1, PROGRAM);
	call_at(&s, PROGRAM + 2, true, CALL_exit_group)->call.arg[0] = 3;
	call_at(&s, PROGRAM, true, CALL_exit_group)->call.arg[0] = 4;
	for (pid_t i = 3; i >= 2; i--)
		exits(&s, PROGRAM + i, PROGRAM);
	exits(&s, PROGRAM, PROGRAM);
	const char *told = over(&s, 3 << 8);
	assert_non_null(strstr(told, "T1 end exit(7)"));
	assert_non_null(strstr(told, "T2 end exit_group(3)"));
	assert_non_null(strstr(told, "T3 end exit_group(3)"));
	assert_non_null(strstr(told, "T0 end exit_group(3)"));
	end(&s);
}

/* Who has left by exit(2) was not ended by the signal that ended the others later. */
static void a_signal_after_the_first_thread_left(void **state)
{
	struct scene s;
	(void)state;

	begin_seen(&s);
	thread(&s, PROGRAM, PROGRAM + 1);
	call_at(&s, PROGRAM, true, CALL_exit)->call.arg[0] = 0;
	exits(&s, PROGRAM, PROGRAM);
	exits(&s, PROGRAM + 1, PROGRAM);
	const char *told = over(&s, SIGKILL);
	assert_non_null(strstr(told, "T0 end exit(0)"));
	end(&s);
}

/* What was sampled and not told any more is given back. */
static void calls_that_are_left(void **state)
{
	struct scene s;
	(void)state;

	begin_seen(&s);
	clones(&s, PROGRAM, THREAD_FLAGS);
	exits(&s, PROGRAM, PROGRAM);
	over(&s, 0);
	call_at(&s, PROGRAM, true, CALL_clone3);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thread_on_the_stack_that_was_opened_for_it),
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
		cmocka_unit_test(calls_that_make),
		cmocka_unit_test(a_call_that_makes_nothing),
		cmocka_unit_test(calls_that_end),
		cmocka_unit_test(a_signal_after_the_first_thread_left),
		cmocka_unit_test(calls_that_are_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* What samples of calls come to, among the other records. */
#include "scene.h"

#include "observe/story_impl.h"

#include <errno.h>
#include <linux/sched.h>
#include <stdlib.h>

#include <thrtrace/abi.h>

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

/* Births are told after both tasks of one number have come: each has what was sampled of its own. */
static void a_number_that_is_used_again(void **state)
{
	struct scene s;
	uint64_t t[2];
	struct first_instant *f[2];
	(void)state;

	begin_seen(&s);
	for (unsigned i = 0; i < 2; i++) {
		clones(&s, PROGRAM, THREAD_FLAGS);
		thread(&s, PROGRAM, PROGRAM + 1);
		s.t_ns += 5000;
		t[i] = s.t_ns;
		f[i] = calloc(1, sizeof(*f[i]));
		assert_non_null(f[i]);
		f[i]->tid = PROGRAM + 1;
		f[i]->call = seen_call(s.t_ns, false, CALL_clone3);
		exits(&s, PROGRAM + 1, PROGRAM);
	}
	f[0]->next = f[0]->last = f[1];
	HASH_ADD_INT(s.story.first, tid, f[0]);
	assert_ptr_equal(first_find(&s.story, PROGRAM + 1, t[0]), f[0]);
	assert_ptr_equal(first_find(&s.story, PROGRAM + 1, t[0] + 1), f[1]);
	assert_null(first_find(&s.story, PROGRAM + 1, t[1] + 1));
	exits(&s, PROGRAM, PROGRAM);
	const char *told = over(&s, 0);
	assert_non_null(strstr(told, "T2 birth"));
	assert_null(s.story.first);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_that_make),
		cmocka_unit_test(a_number_that_is_used_again),
		cmocka_unit_test(a_call_that_makes_nothing),
		cmocka_unit_test(calls_that_end),
		cmocka_unit_test(a_signal_after_the_first_thread_left),
		cmocka_unit_test(calls_that_are_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

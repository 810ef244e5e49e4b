/* SPDX-License-Identifier: MIT */
/* What becomes of joins that make no call, as the C library notes them: over the scripted kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/sched.h>
#include <string.h>

#include "creators/creators.h"
#include "no_code.h"
#include "races.h"

#define ANSWERS 8

/* The answers to what is asked, in the order of the questions; the last one again for all that follow. */
struct noting {
	struct creators base;
	enum join_note note[ANSWERS];
	unsigned asked, questions;
};

static enum join_note noted(struct creators *c, struct task_ids reader, const struct join_asked *asked)
{
	struct noting *n = (struct noting *)c;
	(void)reader, (void)asked;

	n->questions++;
	return n->note[n->asked < ANSWERS - 1 ? n->asked++ : n->asked];
}

static enum end_wait no_wait(struct creators *c, struct task_ids task)
{
	(void)c, (void)task;
	return WAITS_EITHER;
}

static struct fake *notes(struct noting *n, enum trace_mode mode)
{
	static const struct creators_ops ops = {
		NO_CODE,
		.waits = no_wait,
		.noted = noted,
	};
	struct fake *f = fk_new(mode);

	n->base.ops = &ops;
	fk_tls(f, P, 0x7000);
	fk_run_of(f)->creators = &n->base;
	return f;
}

static const struct task *second(struct fake *f)
{
	return model_next(fk_run_of(f)->tell.model, 1);
}

static void ends_alone(struct fake *f)
{
	fk_start(f);
	makes_thread(f, P, A);
	thread_ends(f, A, 0);
}

/* At its exit stop, and then at the process's end. */
static void the_only_one_left_has_joined_late(void **state)
{
	struct noting n = { .note = { JOIN_OPEN, JOIN_DONE } };
	struct fake *f = notes(&n, MODE_FILTER);
	(void)state;

	ends_alone(f);
	tells(f, BEGINS MADE_A "T1 end exit(0)\nT0 end exit(0)\n");
	assert_true(second(f)->joined && second(f)->joined_late);
	assert_int_equal(second(f)->joiner_label, 0);
	fk_free(f);
}

static void without_calls_it_is_not_known_to_be_late(void **state)
{
	struct noting n = { .note = { JOIN_OPEN, JOIN_DONE } };
	struct fake *f = notes(&n, MODE_LIGHT);
	(void)state;

	ends_alone(f);
	fk_run(f);
	assert_true(second(f)->joined && !second(f)->joined_late);
	assert_int_equal(second(f)->noted, JOIN_DONE);
	fk_free(f);
}

static void of_several_none_is_named(void **state)
{
	struct noting n = { .note = { JOIN_OPEN, JOIN_DETACHED, JOIN_DONE } };
	struct fake *f = notes(&n, MODE_FILTER);
	(void)state;

	fk_start(f);
	makes_thread(f, P, A);
	makes_thread(f, P, B);
	thread_ends(f, A, 0);
	thread_ends(f, B, 0); /* A has been joined by now, by the first thread or by B */
	fk_run(f);
	assert_true(!second(f)->joined && second(f)->joined_late);
	assert_int_equal(second(f)->noted, JOIN_DONE);
	fk_free(f);
}

static void who_is_never_joined_and_who_is_detached(void **state)
{
	static const struct {
		enum join_note note[2], is;
	} cases[] = {
		{ { JOIN_OPEN, JOIN_OPEN }, JOIN_NEVER },
		{ { JOIN_OPEN, JOIN_FREED }, JOIN_FREED },
		{ { JOIN_OPEN, JOIN_DETACHED }, JOIN_DETACHED },
		{ { JOIN_DETACHED, JOIN_OPEN }, JOIN_DETACHED },
		{ { JOIN_NOT_KNOWN, JOIN_DONE }, JOIN_NOT_KNOWN },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct noting n = { .note = { cases[i].note[0], cases[i].note[1] } };
		struct fake *f = notes(&n, MODE_FILTER);
		ends_alone(f);
		fk_run(f);
		assert_int_equal(second(f)->noted, cases[i].is);
		assert_false(second(f)->joined);
		fk_free(f);
	}
}

/* At the exit stop of each its own record, that of the newest before it, and one of the others. */
static void among_many_two_are_looked_at(void **state)
{
	enum { MADE = 8, END = 6, FIRST = 301 };
	struct noting n = { .note = { JOIN_OPEN, JOIN_OPEN, JOIN_OPEN, JOIN_OPEN, JOIN_OPEN, JOIN_DONE, JOIN_OPEN } };
	struct fake *f = notes(&n, MODE_FILTER);
	(void)state;

	n.note[ANSWERS - 1] = JOIN_OPEN;
	fk_start(f);
	for (pid_t tid = FIRST; tid < FIRST + MADE; tid++)
		makes_thread(f, P, tid);
	for (pid_t tid = FIRST; tid < FIRST + END; tid++)
		thread_ends(f, tid, 0);
	fk_run(f);
	assert_int_equal(second(f)->noted, JOIN_DONE); /* at the third end, by its turn */
	assert_int_equal(model_next(fk_run_of(f)->tell.model, 2)->noted, JOIN_NEVER);
	/* 1, 2 and five times 3. At the last thread's end the six that are left are asked, at the first one's seven. */
	assert_int_equal(n.questions, 1 + 2 + 5 * 3 + (1 + 6) + 7);
	fk_free(f);
}

static const struct creation *place_of(struct fake *f)
{
	return model_next_creation(fk_run_of(f)->tell.model, NULL);
}

/* Killed on its way into a stop, a thread dies without an exit stop: its record is read when the order comes. */
static void who_dies_without_an_exit_stop_was_joinable_all_the_same(void **state)
{
	struct noting n = { .note = { JOIN_OPEN, JOIN_DETACHED, JOIN_OPEN } };
	struct fake *f = notes(&n, MODE_FILTER);
	(void)state;

	fk_start(f);
	for (pid_t tid = A; tid <= C; tid++)
		makes_thread(f, P, tid);
	fk_call(f, P, CALL_exit_group, 0);
	fk_exit_stop(f, P, 0);
	for (pid_t tid = A; tid <= C; tid++)
		fk_exited(f, tid, 0);
	fk_exited(f, P, 0);
	fk_run(f);
	assert_int_equal(second(f)->noted, JOIN_OPEN);
	assert_int_equal(model_next(fk_run_of(f)->tell.model, 2)->noted, JOIN_DETACHED);
	assert_int_equal(place_of(f)->alive_at_exit, 2);
	assert_false(place_of(f)->alive_at_least);
	fk_free(f);
}

static void of_many_that_die_so_it_is_not_known(void **state)
{
	enum { MADE = 40, FIRST = 301 };
	struct noting n = { .note = { JOIN_OPEN } };
	struct fake *f = notes(&n, MODE_FILTER);
	(void)state;

	fk_start(f);
	for (pid_t tid = FIRST; tid < FIRST + MADE; tid++)
		makes_thread(f, P, tid);
	fk_call(f, P, CALL_exit_group, 0);
	fk_exit_stop(f, P, 0);
	fk_exit_stop(f, FIRST, 0); /* the only one that has a stop */
	for (pid_t tid = FIRST; tid < FIRST + MADE; tid++)
		fk_exited(f, tid, 0);
	fk_exited(f, P, 0);
	fk_run(f);
	assert_int_equal(place_of(f)->alive_at_exit, 1);
	assert_true(place_of(f)->alive_at_least);
	fk_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_only_one_left_has_joined_late),
		cmocka_unit_test(without_calls_it_is_not_known_to_be_late),
		cmocka_unit_test(of_several_none_is_named),
		cmocka_unit_test(who_is_never_joined_and_who_is_detached),
		cmocka_unit_test(among_many_two_are_looked_at),
		cmocka_unit_test(who_dies_without_an_exit_stop_was_joinable_all_the_same),
		cmocka_unit_test(of_many_that_die_so_it_is_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* When a creator's place is taken for one that was seen before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "unwind/unwind_memo.h"

#define STACK 0x7000
#define PC    0x400100

static uint64_t stack[64];

static ssize_t read_stack(void *ctx, pid_t tid, taddr at, void *buf, size_t n)
{
	(void)ctx, (void)tid;
	if (at < STACK || at + n > STACK + sizeof(stack))
		return -1;
	memcpy(buf, (const char *)stack + (at - STACK), n);
	return (ssize_t)n;
}

static const struct kernel door = { .read_mem = read_stack };

/* Two callers, whose return addresses lie at stack[2] and stack[5]; a frame pointer that was used, at stack[4]. */
static struct memo *seen_at(taddr fp, bool fp_matters)
{
	const struct memo_key key = { 1, PC, STACK, fp };
	struct backtrace bt = { .frame = { { .pc = PC }, { .pc = 0x11 }, { .pc = 0x12 } }, .n = 3 };
	struct memo_trail trail;
	struct memo *m = memo_new();

	assert_non_null(m);
	stack[2] = 0x11;
	stack[4] = STACK + 0x100;
	stack[5] = 0x12;
	memo_trail_begin(&trail);
	memo_trail_add(&trail, STACK + 16, stack[2], false);
	memo_trail_add(&trail, STACK + 32, stack[4], true);
	memo_trail_add(&trail, STACK + 40, stack[5], false);
	trail.fp_matters = fp_matters;
	memo_keep(m, &key, &trail, &bt);
	return m;
}

static struct memo *seen(bool fp_matters)
{
	return seen_at(0x5000, fp_matters);
}

static bool recalls(struct memo *m, struct memo_key key)
{
	struct backtrace bt = { .n = 0 };
	uint32_t *look;

	if (!memo_recall(m, &key, &door, 1, &bt, &look))
		return false;
	assert_int_equal(bt.n, 3);
	assert_int_equal(bt.frame[2].pc, 0x12);
	return true;
}

/* The caller's note stays with the place, whichever way of its set it is in, until the place is seen anew. */
static void a_note_stays_with_its_place(void **state)
{
	const struct memo_key key = { 1, PC, STACK, 0x5000 };
	struct memo *m = seen(false);
	struct backtrace bt = { .n = 0 };
	uint32_t *look;
	(void)state;

	for (uint32_t i = 0; i < 3; i++) {
		assert_true(memo_recall(m, &key, &door, 1, &bt, &look));
		assert_int_equal(*look, i);
		*look = i + 1;
	}
	memo_free(m);
}

static void the_same_place_is_recalled(void **state)
{
	struct memo *m = seen(false);
	struct mem_range range;
	(void)state;

	assert_true(recalls(m, (struct memo_key){ 1, PC, STACK, 0x5000 }));
	assert_true(memo_expects(m, &(struct memo_key){ 1, PC, STACK, 0x5000 }, &range));
	assert_int_equal(range.at, STACK + 16);
	assert_int_equal(range.n, 32);
	stack[3] = 0xdead; /* no slot of the walk's */
	assert_true(recalls(m, (struct memo_key){ 1, PC, STACK, 0x5000 }));
	memo_free(m);
}

static void another_place_is_not(void **state)
{
	static const struct memo_key same = { 1, PC, STACK, 0x5000 };
	struct memo *m = seen(false);
	struct mem_range range;
	(void)state;

	assert_false(recalls(m, (struct memo_key){ 1, PC + 1, STACK, 0x5000 }));
	assert_false(recalls(m, (struct memo_key){ 1, PC, STACK + 16, 0x5000 }));
	/* Code was unmapped or replaced meanwhile: the space has another generation. */
	assert_false(recalls(m, (struct memo_key){ 2, PC, STACK, 0x5000 }));
	assert_false(memo_expects(m, &(struct memo_key){ 2, PC, STACK, 0x5000 }, &range));
	static const size_t slots[] = { 2, 4, 5 };
	for (size_t i = 0; i < ARRAY_SIZE(slots); i++) {
		stack[slots[i]] ^= 8;
		assert_false(recalls(m, same));
		stack[slots[i]] ^= 8;
	}
	assert_true(recalls(m, same));
	memo_clear(m);
	assert_false(recalls(m, same));
	memo_free(m);
}

#define BY 0x80 /* and so many bytes above it another stack */

/* The same words there, but for the frame pointer, which points as far from sp; and no longer here. */
static void move(void)
{
	stack[2 + BY / 8] = 0x11;
	stack[4 + BY / 8] = STACK + 0x100 + BY;
	stack[5 + BY / 8] = 0x12;
	stack[2] = stack[4] = stack[5] = 0;
}

static void another_stack_is_recognised_by_the_first(void **state)
{
	static const struct memo_key there = { 1, PC, STACK + BY, 0x6000 };
	static const size_t slots[] = { 2, 4, 5 };
	struct memo *m = seen(false);
	struct mem_range range;
	(void)state;

	move();
	assert_true(memo_expects(m, &there, &range));
	assert_int_equal(range.at, STACK + BY + 16);
	assert_int_equal(range.n, 32);
	assert_true(recalls(m, there));
	for (size_t i = 0; i < ARRAY_SIZE(slots); i++) {
		stack[slots[i] + BY / 8] ^= 8;
		assert_false(recalls(m, there));
		stack[slots[i] + BY / 8] ^= 8;
	}
	stack[4 + BY / 8] = STACK + 0x100; /* the first one's frame: a walk would go on there */
	assert_false(recalls(m, there));
	move();
	assert_false(recalls(m, (struct memo_key){ 2, PC, STACK + BY, 0x6000 }));
	assert_false(recalls(m, (struct memo_key){ 1, PC + 1, STACK + BY, 0x6000 }));
	assert_true(recalls(m, there));
	memo_clear(m);
	assert_false(recalls(m, there));
	memo_free(m);
}

/* The register, where a step was taken by it. */
static void so_does_its_frame_pointer_move(void **state)
{
	struct memo *m = seen_at(STACK + 0x40, true);
	(void)state;

	move();
	assert_true(recalls(m, (struct memo_key){ 1, PC, STACK + BY, STACK + 0x40 + BY }));
	assert_false(recalls(m, (struct memo_key){ 1, PC, STACK + BY, STACK + 0x40 }));
	memo_free(m);
	m = seen_at(0, true); /* none: the chain ends */
	move();
	assert_true(recalls(m, (struct memo_key){ 1, PC, STACK + BY, 0 }));
	assert_false(recalls(m, (struct memo_key){ 1, PC, STACK + BY, BY }));
	memo_free(m);
}

/* Where it goes on is in the signal's frame. */
static void behind_a_signal_it_is_not(void **state)
{
	static const struct memo_key here = { 1, PC, STACK, 0 }, there = { 1, PC, STACK + BY, 0 };
	struct backtrace bt = { .frame = { { .pc = PC }, { .pc = 0x11, .signal = true }, { .pc = 0x12 } }, .n = 3 };
	struct memo_trail trail;
	struct memo *m = memo_new();
	(void)state;

	assert_non_null(m);
	stack[2] = stack[2 + BY / 8] = 0x11;
	memo_trail_begin(&trail);
	memo_trail_add(&trail, STACK + 16, 0x11, false);
	memo_keep(m, &here, &trail, &bt);
	assert_false(recalls(m, there));
	assert_true(recalls(m, here));
	memo_free(m);
}

/* pthread_create keeps the new thread's record in what could be the frame pointer: another one each time. */
static void a_frame_pointer_that_no_step_used_may_differ(void **state)
{
	struct memo *m = seen(false);
	(void)state;

	assert_true(recalls(m, (struct memo_key){ 1, PC, STACK, 0x6000 }));
	memo_free(m);
	m = seen(true);
	assert_false(recalls(m, (struct memo_key){ 1, PC, STACK, 0x6000 }));
	assert_true(recalls(m, (struct memo_key){ 1, PC, STACK, 0x5000 }));
	memo_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_note_stays_with_its_place),
		cmocka_unit_test(the_same_place_is_recalled),
		cmocka_unit_test(another_place_is_not),
		cmocka_unit_test(another_stack_is_recognised_by_the_first),
		cmocka_unit_test(so_does_its_frame_pointer_move),
		cmocka_unit_test(behind_a_signal_it_is_not),
		cmocka_unit_test(a_frame_pointer_that_no_step_used_may_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

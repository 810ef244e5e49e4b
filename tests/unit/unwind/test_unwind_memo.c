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
static struct memo *seen(bool fp_matters)
{
	static const struct memo_key key = { 1, PC, STACK, 0x5000 };
	struct backtrace bt = { .frame = { { .pc = PC }, { .pc = 0x11 }, { .pc = 0x12 } }, .n = 3 };
	struct memo_trail trail;
	struct memo *m = memo_new();

	assert_non_null(m);
	stack[2] = 0x11;
	stack[4] = 0x7100;
	stack[5] = 0x12;
	memo_trail_begin(&trail);
	memo_trail_add(&trail, STACK + 16, stack[2]);
	memo_trail_add(&trail, STACK + 32, stack[4]);
	memo_trail_add(&trail, STACK + 40, stack[5]);
	trail.fp_matters = fp_matters;
	memo_keep(m, &key, &trail, &bt);
	return m;
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
		cmocka_unit_test(a_frame_pointer_that_no_step_used_may_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* A thread's record as glibc and musl keep it, and what else may lie about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include <thrtrace/stack_attached.h>

#define BLOCK 0x7f0000000000u
#define SIZE  0x801000u
#define GUARD 0x1000u
#define TP    (BLOCK + SIZE - 0x940u)

static void glibc(uint64_t *w, size_t at)
{
	w[at] = BLOCK;
	w[at + 1] = SIZE;
	w[at + 2] = w[at + 3] = GUARD;
}

static void glibcs_record_is_found_wherever_it_is(void **state)
{
	(void)state;
	for (size_t at = 0; at + 4 <= 64; at++) {
		uint64_t w[64] = { 0 };
		struct stack_record r;
		glibc(w, at);
		stack_record_find(&r, w, 64, TP);
		assert_true(r.found);
		assert_int_equal(r.low, BLOCK);
		assert_int_equal(r.high, BLOCK + SIZE);
		assert_int_equal(r.guard_bytes, GUARD);
		assert_int_equal(r.musl_top, 0);
	}
}

/* aarch64: struct pthread, with the robust list's head in it, lies below the TLS base; static TLS lies above that. */
static void it_is_found_by_the_head_of_the_robust_list_as_well(void **state)
{
	const taddr low = 0xffff945e0000, size = 0x810000, base = low + size - 1824, head = base - 0x660;
	uint64_t w[STACK_RECORD_ABOVE / 8] = { [150] = low, size, 0x10000, 0x10000 };
	struct stack_record r;
	(void)state;

	stack_record_find(&r, w, ARRAY_SIZE(w), head);
	assert_true(r.found);
	assert_int_equal(r.low, low);
	assert_int_equal(r.high, low + size);
	assert_int_equal(r.guard_bytes, 0x10000);
	stack_record_find(&r, w, ARRAY_SIZE(w), low + size + 0x100); /* another thread's */
	assert_false(r.found);
}

static void musls_record_tells_the_top(void **state)
{
	uint64_t w[8] = { 0, 0, BLOCK, 0x23000, BLOCK + 0x22000, 0x20000 };
	struct stack_record r;
	(void)state;

	stack_record_find(&r, w, 8, BLOCK + 0x22f00);
	assert_true(r.found);
	assert_int_equal(r.guard_bytes, 0x2000);
	assert_int_equal(r.musl_top, BLOCK + 0x22000);
}

/* musl's first thread: its structure lies in libc.so, beside words that look like a record. */
static void a_first_thread_has_none_unless_it_runs_there(void **state)
{
	struct stack_record r = { .found = true, .low = BLOCK, .high = BLOCK + SIZE };
	struct birth_facts there = { .regs_known = true, .sp = BLOCK + 0x800 },
			   elsewhere = { .regs_known = true, .sp = 0x7ffc00000000 }, unknown = { .sp = 0 };
	(void)state;

	assert_false(stack_record_fits(&r, &elsewhere, true));
	assert_true(stack_record_fits(&r, &there, true));      /* the child of a fork by another thread */
	assert_true(stack_record_fits(&r, &elsewhere, false)); /* a handler on an alternate stack */
	assert_true(stack_record_fits(&r, &unknown, true));
	r.found = false;
	assert_false(stack_record_fits(&r, &there, true));
}

static void another_threads_record_is_not_taken(void **state)
{
	uint64_t w[64] = { 0 };
	struct stack_record r;
	(void)state;

	glibc(w, 10);
	stack_record_find(&r, w, 64, BLOCK + 2 * SIZE); /* our base lies elsewhere */
	assert_false(r.found);
	stack_record_find(&r, w, 64, BLOCK + 0x10000); /* within, and far from its end */
	assert_false(r.found);
	stack_record_find(&r, w, 12, TP); /* cut */
	assert_false(r.found);
}

static void two_that_differ_are_none(void **state)
{
	uint64_t w[64] = { 0 };
	struct stack_record r;
	(void)state;

	glibc(w, 10);
	glibc(w, 20);
	stack_record_find(&r, w, 64, TP);
	assert_true(r.found); /* twice the same */
	w[20] += 0x1000;
	w[21] -= 0x1000;
	stack_record_find(&r, w, 64, TP);
	assert_false(r.found);
}

static void the_base_points_to_itself_twice(void **state)
{
	uint64_t w[32] = { 0 };
	(void)state;

	w[8] = w[10] = BLOCK + 8 * 8;
	assert_int_equal(stack_record_base(w, 32, BLOCK), BLOCK + 64);
	w[10] = 0;
	assert_int_equal(stack_record_base(w, 32, BLOCK), 0); /* once is what any list head does */
	w[10] = w[8];
	w[20] = w[22] = BLOCK + 20 * 8;
	assert_int_equal(stack_record_base(w, 32, BLOCK), 0);
}

/* ---- the area ---- */

static struct vma mapping(taddr low, taddr high, uint32_t prot)
{
	return (struct vma){ .low = low, .high = high, .prot = prot };
}

static const struct stack_record of_glibc = { .found = true, .low = BLOCK, .high = BLOCK + SIZE, .guard_bytes = GUARD };
static const struct stack_record no_guard = { .found = true, .low = BLOCK, .high = BLOCK + SIZE };
static const struct stack_record none;

static struct stack_area area(const struct birth_facts *f, const struct stack_record *rec, enum libc_kind libc)
{
	struct stack_area s;

	stack_attached_find(&s, f, rec, libc);
	return s;
}

static void a_guard_page_is_what_was_noted_and_is_there(void **state)
{
	struct birth_facts f = { .at_sp_known = true, .at_sp = mapping(BLOCK - 0x100000, BLOCK + GUARD, 0) };
	(void)state;

	struct stack_area s = area(&f, &of_glibc, LIBC_GLIBC); /* the guard has merged with what lies below */
	assert_int_equal(s.guard, GUARD_PROT_NONE);
	assert_int_equal(s.guard_low, BLOCK);
	assert_int_equal(s.guard_bytes, GUARD);
	assert_int_equal(s.low, BLOCK + GUARD);
	assert_int_equal(s.high, BLOCK + SIZE);
	f.at_sp = mapping(
		BLOCK - SIZE, BLOCK + SIZE, VMA_READ | VMA_WRITE); /* glibc 2.42: stacks merge, the guard is inside */
	f.madv_guard = GUARD;
	s = area(&f, &of_glibc, LIBC_GLIBC);
	assert_int_equal(s.guard, GUARD_MADVISE);
	assert_int_equal(s.low, BLOCK + GUARD);
	f.madv_guard = 0; /* noted, and not there */
	s = area(&f, &of_glibc, LIBC_GLIBC);
	assert_int_equal(s.guard, GUARD_NONE);
	assert_int_equal(s.low, BLOCK);
}

static void a_guard_may_be_the_programs_own(void **state)
{
	struct birth_facts f = { .at_sp_known = true, .at_sp = mapping(BLOCK, BLOCK + 0x4000, 0) };
	(void)state;

	struct stack_area s = area(&f, &no_guard, LIBC_GLIBC);
	assert_int_equal(s.guard, GUARD_RUNTIME);
	assert_int_equal(s.guard_bytes, 0x4000);
	assert_int_equal(s.low, BLOCK + 0x4000);
	f.at_sp = mapping(BLOCK - 0x1000, BLOCK + SIZE, VMA_READ | VMA_WRITE);
	strcpy(f.at_sp.name, "[heap]");
	s = area(&f, &no_guard, LIBC_GLIBC);
	assert_int_equal(s.kind, STACK_CALLER);
	assert_int_equal(s.guard, GUARD_NONE);
}

static void the_first_threads_is_the_kernels(void **state)
{
	struct birth_facts f = { .regs_known = true,
		.sp = 0x7ffd00001000,
		.at_sp_known = true,
		.at_sp = mapping(0x7ffd00000000, 0x7ffd00021000, VMA_READ | VMA_WRITE) };
	(void)state;

	strcpy(f.at_sp.name, "[stack]");
	struct stack_area s = area(&f, &none, LIBC_GLIBC);
	assert_int_equal(s.kind, STACK_MAIN);
	assert_int_equal(s.guard, GUARD_KERNEL);
	assert_int_equal(stack_attached_probe(&f, &none, true, LIBC_GLIBC), f.sp);
}

static void without_a_record_only_a_guarded_mapping_is_a_stack(void **state)
{
	struct birth_facts f = { .regs_known = true,
		.sp = BLOCK + 0x5000,
		.tp_known = true,
		.tp = BLOCK + 0x1ff00,
		.at_sp_known = true,
		.at_sp = mapping(BLOCK + GUARD, BLOCK + 0x20000, VMA_READ | VMA_WRITE),
		.below_known = true,
		.below_sp = mapping(BLOCK, BLOCK + GUARD, 0) };
	(void)state;

	assert_int_equal(stack_attached_probe(&f, &none, false, LIBC_MUSL), f.tp - 1);
	struct stack_area s = area(&f, &none, LIBC_MUSL);
	assert_int_equal(s.kind, STACK_OWN_MAPPING);
	assert_int_equal(s.guard_bytes, GUARD);
	assert_string_equal(s.source, "the mapping around its TLS base");
	f.tp_known = false; /* where nothing in memory tells it, and nobody was stopped */
	s = area(&f, &none, LIBC_GLIBC);
	assert_int_equal(s.guard_bytes, GUARD);
	assert_string_equal(s.source, "the mapping around its stack pointer");
	f.tp_known = true;
	f.tp = 0x1000; /* the base lies elsewhere: whose memory sp points to is anybody's guess */
	s = area(&f, &none, LIBC_MUSL);
	assert_int_equal(s.high, 0);
	assert_non_null(s.unknown);
	s = area(&f, &none, LIBC_GO);
	assert_int_equal(s.kind, STACK_HEAP);
	f = (struct birth_facts){ 0 };
	s = area(&f, &none, LIBC_GLIBC);
	assert_int_equal(s.high, 0);
	assert_int_equal(s.guard, GUARD_UNKNOWN);
	assert_non_null(s.unknown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(glibcs_record_is_found_wherever_it_is),
		cmocka_unit_test(it_is_found_by_the_head_of_the_robust_list_as_well),
		cmocka_unit_test(musls_record_tells_the_top),
		cmocka_unit_test(a_first_thread_has_none_unless_it_runs_there),
		cmocka_unit_test(another_threads_record_is_not_taken),
		cmocka_unit_test(two_that_differ_are_none),
		cmocka_unit_test(the_base_points_to_itself_twice),
		cmocka_unit_test(a_guard_page_is_what_was_noted_and_is_there),
		cmocka_unit_test(a_guard_may_be_the_programs_own),
		cmocka_unit_test(the_first_threads_is_the_kernels),
		cmocka_unit_test(without_a_record_only_a_guarded_mapping_is_a_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

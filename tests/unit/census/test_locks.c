/* SPDX-License-Identifier: MIT */
/* Whom a futex word names, and who waits in a circle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include <thrtrace/abi.h>
#include <thrtrace/census.h>

#define PRIVATE 128U
#define BITSET  (9U | 128U)
#define AT      0x7f0000001040ULL

static struct census_task task[4];
static struct census c;
static struct lock_words w;

static int set_up(void **state)
{
	(void)state;
	memset(task, 0, sizeof(task));
	for (unsigned i = 0; i < ARRAY_SIZE(task); i++) {
		task[i] =
			(struct census_task){ .tid = (pid_t)(4100 + i), .tid_inside = (pid_t)(4100 + i), .state = 'S' };
		task[i].comm[0] = (char)('a' + i);
	}
	c = (struct census){ .pid = 4100, .libc = LIBC_GLIBC, .words64 = true, .task = task, .n = ARRAY_SIZE(task) };
	w = (struct lock_words){ .below = LOCK_BELOW, .above = LOCK_ABOVE };
	return 0;
}

static void put(int off, uint32_t v)
{
	memcpy(w.bytes + LOCK_BELOW + off, &v, 4);
}

static void put_all(int off, const uint32_t *v, unsigned n)
{
	memcpy(w.bytes + LOCK_BELOW + off, v, 4 * (size_t)n);
}

/* What T0 waits for there. */
static struct census_lock wait_of(uint32_t op, uint32_t value, bool timed)
{
	struct census_lock l;

	task[0].call_known = true;
	task[0].nr = strcmp(abi_native()->name, "x86_64") == 0 ? 202 : 98;
	task[0].arg[0] = AT;
	task[0].arg[1] = op;
	task[0].arg[2] = value;
	task[0].fourth = timed;
	census_lock_of(&l, &c, &task[0], &w);
	return l;
}

static void a_mutex_of_glibc_names_its_owner(void **state)
{
	static const uint32_t normal[] = { 2, 0, 4102, 1, 0 }, recursive[] = { 2, 3, 4102, 1, 1 },
			      pi[] = { 2, 0, 4102, 1, 256 };
	(void)state;

	put_all(0, normal, 5);
	struct census_lock l = wait_of(PRIVATE, 2, false);
	assert_int_equal(l.kind, WAIT_MUTEX);
	assert_int_equal(l.owner, 4102);
	assert_int_equal(l.at, AT);
	assert_false(l.timed);
	put_all(0, recursive, 5);
	assert_int_equal(wait_of(0, 2, false).owner, 4102);
	put_all(0, pi, 5);
	assert_int_equal(wait_of(PRIVATE, 2, false).owner, 4102);
	l = wait_of(BITSET, 2, true); /* pthread_mutex_clocklock */
	assert_int_equal(l.owner, 4102);
	assert_true(l.timed);
}

/* What looks nearly so: another value, another kind, nobody's number, a runtime's own lock. */
static void what_is_no_mutex_is_not_called_one(void **state)
{
	static const uint32_t free_again[] = { 0, 0, 4102, 1, 0 }, no_kind[] = { 2, 0, 4102, 1, 0x10000 },
			      stranger[] = { 2, 0, 9999, 1, 0 }, no_users[] = { 2, 0, 4102, 0, 0 };
	const uint32_t *const rows[] = { free_again, no_kind, stranger, no_users };
	(void)state;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		put_all(0, rows[i], 5);
		struct census_lock l = wait_of(PRIVATE, 2, false);
		assert_int_not_equal(l.kind, WAIT_MUTEX);
		assert_int_equal(l.owner, 0);
	}
	static const uint32_t good[] = { 2, 0, 4102, 1, 0 };
	put_all(0, good, 5);
	assert_int_equal(wait_of(BITSET, 2, false).owner, 0); /* Rust's mutex */
	assert_int_equal(wait_of(PRIVATE, 1, false).owner, 0);
	c.libc = LIBC_GO;
	assert_int_equal(wait_of(PRIVATE, 2, false).kind, WAIT_WORD);
	c.libc = LIBC_UNKNOWN;
	assert_int_equal(wait_of(PRIVATE, 2, false).kind, WAIT_WORD);
	c.libc = LIBC_GLIBC;
	w.above = 8; /* a hole behind it */
	assert_int_equal(wait_of(PRIVATE, 2, false).owner, 0);
	w.above = 0;
	assert_int_equal(wait_of(PRIVATE, 2, false).kind, WAIT_WORD);
}

static void robust_and_pi_words_hold_the_tid(void **state)
{
	static const uint32_t robust[] = { 0x80000000U | 4101, 0, 4101, 1, 16 },
			      other[] = { 0x80000000U | 4101, 0, 4102, 1, 16 };
	(void)state;

	put_all(0, robust, 5);
	struct census_lock l = wait_of(0, 0x80000000U | 4101, false);
	assert_int_equal(l.kind, WAIT_MUTEX);
	assert_int_equal(l.owner, 4101);
	put_all(0, other, 5);
	assert_int_equal(wait_of(0, 0x80000000U | 4101, false).owner, 0);
	l = wait_of(6U | PRIVATE, 0, false);
	assert_int_equal(l.kind, WAIT_PI);
	assert_int_equal(l.owner, 4101);
	put(0, 9999);
	assert_int_equal(wait_of(6U | PRIVATE, 0, false).owner, 0);
}

static void musl_notes_owners_of_all_but_normal_mutexes(void **state)
{
	(void)state;
	c.libc = LIBC_MUSL;
	put(-4, 1);
	put(0, 0x80000000U | 4103);
	struct census_lock l = wait_of(PRIVATE, 0x80000000U | 4103, false);
	assert_int_equal(l.kind, WAIT_MUTEX);
	assert_int_equal(l.owner, 4103);
	assert_int_equal(l.at, AT - 4);
	put(-4, 0);
	put(0, 0x80000010U);
	l = wait_of(PRIVATE, 0x80000010U, false);
	assert_int_equal(l.kind, WAIT_BLIND);
	assert_int_equal(l.owner, 0);
	put(-4, 0x1234);
	assert_int_equal(wait_of(PRIVATE, 0x80000010U, false).kind, WAIT_WORD);
}

static void a_rwlock_names_its_writer(void **state)
{
	(void)state;
	put(0, 3); /* wrphase_futex */
	put(-8, 2 | 1);
	put(16, 4101);
	put(20, 0);
	struct census_lock l = wait_of(BITSET | 256, 3, false);
	assert_int_equal(l.kind, WAIT_WRITTEN);
	assert_int_equal(l.owner, 4101);
	assert_int_equal(l.at, AT - 8);
	set_up(NULL);
	put(0, 3); /* writers_futex: two readers have it */
	put(-12, 2 | 2 << 3);
	l = wait_of(BITSET | 256, 3, false);
	assert_int_equal(l.kind, WAIT_READ);
	assert_int_equal(l.owner, 0);
}

static void conditions_and_semaphores_have_no_owner(void **state)
{
	(void)state;
	put(-40, 9 << 1); /* up to glibc 2.40: __wseq, __g1_start, __g_refs[0], __g_size[0], __wrefs */
	put(-32, 7 << 1);
	put(-24, 1 << 1);
	put(-16, (uint32_t)-5); /* timed waits that were over */
	put(-4, 1 << 3);
	assert_int_equal(wait_of(BITSET, 0, true).kind, WAIT_CONDITION);
	put(-4, 0); /* nobody waits there */
	assert_int_not_equal(wait_of(BITSET, 0, true).kind, WAIT_CONDITION);
	set_up(NULL);
	put(-36, 9 << 1); /* since 2.41: __wseq, __g1_start, __wrefs, of the second group */
	put(-28, 7 << 1);
	put(-8, 2 << 3);
	assert_int_equal(wait_of(BITSET, 0, true).kind, WAIT_CONDITION);
	set_up(NULL);
	put(4, 2);
	assert_int_equal(wait_of(BITSET | 256, 0, true).kind, WAIT_SEMAPHORE);
	set_up(NULL);
	assert_int_equal(wait_of(BITSET, 0, false).kind, WAIT_WORD);
	assert_int_equal(wait_of(PRIVATE, 2, false).kind, WAIT_BLIND);
}

static void a_join_is_the_tid_word_of_a_thread(void **state)
{
	(void)state;
	put(0, 4102);
	task[2].robust_head = AT + 16;
	struct census_lock l = wait_of(9U | 256, 4102, false);
	assert_int_equal(l.kind, WAIT_JOIN);
	assert_int_equal(l.owner, 4102);
	task[2].robust_head = 0x1000; /* a counter that happens to be 4102 */
	assert_int_not_equal(wait_of(9U | 256, 4102, false).kind, WAIT_JOIN);
}

static void owners_are_numbers_of_the_inner_namespace(void **state)
{
	static const uint32_t normal[] = { 2, 0, 7, 1, 0 };
	(void)state;

	for (unsigned i = 0; i < ARRAY_SIZE(task); i++)
		task[i].tid_inside = (pid_t)(5 + i);
	put_all(0, normal, 5);
	assert_int_equal(wait_of(PRIVATE, 2, false).owner, 4102);
	assert_null(census_by_inside(&c, 4102));
}

/* ---- circles ---- */

static unsigned circles;
static size_t length;

static void count(void *ctx, const struct census_task *const *t, size_t n)
{
	(void)ctx;
	circles++;
	length = n;
	assert_non_null(t[0]);
}

static void waits(unsigned who, unsigned for_whom)
{
	task[who].lock =
		(struct census_lock){ .kind = WAIT_MUTEX, .at = AT, .owner = task[for_whom].tid, .steady = true };
}

static unsigned find(void)
{
	circles = 0;
	assert_int_equal(census_deadlocks(&c, count, NULL), 0);
	return circles;
}

static void circles_are_found_once(void **state)
{
	(void)state;
	assert_int_equal(find(), 0);
	waits(0, 1);
	waits(1, 2);
	assert_int_equal(find(), 0);
	waits(2, 1); /* T0 waits for who is in it */
	assert_int_equal(find(), 1);
	assert_int_equal(length, 2);
	waits(2, 0);
	assert_int_equal(find(), 1);
	assert_int_equal(length, 3);
	waits(3, 3);
	assert_int_equal(find(), 2);
}

static void what_may_end_is_no_deadlock(void **state)
{
	(void)state;
	waits(0, 1);
	waits(1, 0);
	assert_int_equal(find(), 1);
	task[1].lock.timed = true;
	assert_int_equal(find(), 0);
	task[1].lock.timed = false;
	task[1].lock.steady = false;
	assert_int_equal(find(), 0);
	task[1].lock.steady = true;
	task[1].lock.kind = WAIT_CONDITION;
	assert_int_equal(find(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_mutex_of_glibc_names_its_owner, set_up),
		cmocka_unit_test_setup(what_is_no_mutex_is_not_called_one, set_up),
		cmocka_unit_test_setup(robust_and_pi_words_hold_the_tid, set_up),
		cmocka_unit_test_setup(musl_notes_owners_of_all_but_normal_mutexes, set_up),
		cmocka_unit_test_setup(a_rwlock_names_its_writer, set_up),
		cmocka_unit_test_setup(conditions_and_semaphores_have_no_owner, set_up),
		cmocka_unit_test_setup(a_join_is_the_tid_word_of_a_thread, set_up),
		cmocka_unit_test_setup(owners_are_numbers_of_the_inner_namespace, set_up),
		cmocka_unit_test_setup(circles_are_found_once, set_up),
		cmocka_unit_test_setup(what_may_end_is_no_deadlock, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

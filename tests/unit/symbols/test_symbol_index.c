/* SPDX-License-Identifier: MIT */
/* Symbols by address, against the plain way: sort them all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "symbols/symbol_index.h"

#define MANY 5000

static struct symbol_raw raw[MANY];
static uint64_t sorted[MANY];

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static uint64_t random_bits(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static size_t plainly_below(size_t n, uint64_t addr)
{
	size_t below = 0;

	while (below < n && sorted[below] <= addr)
		below++;
	return below;
}

static bool plainly_reaches(size_t n, size_t place, uint64_t addr)
{
	for (size_t i = 0; i < n; i++)
		if (raw[i].addr <= sorted[place] && raw[i].addr + raw[i].size > addr)
			return true;
	return false;
}

/* Questions first, so that it is they that sort; then every place. */
static void check(size_t n, const uint64_t *question, size_t n_questions)
{
	struct symbol_index x;

	for (size_t i = 0; i < n; i++)
		sorted[i] = raw[i].addr;
	qsort(sorted, n, sizeof(*sorted), by_value);
	assert_int_equal(symbol_index_make(&x, raw, n), 0);
	for (size_t i = 0; i < n_questions; i++) {
		size_t below = symbol_index_below(&x, question[i]);
		assert_int_equal(below, plainly_below(n, question[i]));
		if (below && plainly_reaches(n, below - 1, question[i]))
			assert_true(symbol_index_reaches(&x, below - 1, question[i]));
	}
	static bool seen[MANY];
	memset(seen, 0, sizeof(seen));
	for (size_t place = 0; place < n; place++) {
		uint32_t which = symbol_index_at(&x, place);
		assert_true(which < n && !seen[which]);
		seen[which] = true;
		assert_int_equal(raw[which].addr, sorted[place]);
		if (place && sorted[place - 1] == sorted[place])
			assert_true(symbol_index_at(&x, place - 1) < which);
	}
	symbol_index_release(&x);
	symbol_index_release(&x);
	symbol_index_release(NULL);
}

static void test_symbol_index__none(void **state)
{
	static const uint64_t question[] = { 0, 1, UINT64_MAX };

	(void)state;
	check(0, question, ARRAY_SIZE(question));
	struct symbol_index never = { 0 };
	assert_int_equal(symbol_index_below(&never, 7), 0);
	symbol_index_release(&never);
}

static void test_symbol_index__one_and_the_ends_of_the_range(void **state)
{
	static const uint64_t addr[] = { 0, 1, 0x1000, UINT64_MAX - 1, UINT64_MAX };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(addr); i++) {
		raw[0] = (struct symbol_raw){ .addr = addr[i], .size = 16 };
		check(1, addr, ARRAY_SIZE(addr));
	}
	for (size_t i = 0; i < ARRAY_SIZE(addr); i++)
		raw[i] = (struct symbol_raw){ .addr = addr[i], .size = 16 };
	check(ARRAY_SIZE(addr), addr, ARRAY_SIZE(addr));
}

/* width: of the range of addresses; 1: all at one. */
static void check_random(size_t n, uint64_t width, uint64_t seed)
{
	uint64_t question[300];

	for (size_t i = 0; i < n; i++)
		raw[i] = (struct symbol_raw){ .addr = 0x1000 + random_bits(&seed) % width,
			.size = random_bits(&seed) % 512 };
	for (size_t i = 0; i < ARRAY_SIZE(question); i++)
		question[i] = i % 3 ? 0xff0 + random_bits(&seed) % (width + 64) : raw[random_bits(&seed) % n].addr;
	check(n, question, ARRAY_SIZE(question));
}

static void test_symbol_index__random(void **state)
{
	static const uint64_t width[] = { 1, 2, 100, 1 << 12, 1 << 20, UINT64_C(1) << 40 };

	(void)state;
	for (size_t w = 0; w < ARRAY_SIZE(width); w++)
		for (size_t n = 1; n <= MANY; n = n * 3 + 1)
			check_random(n, width[w], 88172645463325252U + n + w);
}

/* One symbol far above all others makes these a single bucket. */
static void test_symbol_index__one_far_away(void **state)
{
	uint64_t seed = 2463534242U,
		 question[] = { 0, 0x1000, 0x8000, 0x20000, UINT64_C(0xffffffffff600000), UINT64_MAX };

	(void)state;
	for (size_t i = 1; i < MANY; i++)
		raw[i] = (struct symbol_raw){ .addr = 0x1000 + random_bits(&seed) % 0x10000, .size = 4 };
	raw[0] = (struct symbol_raw){ .addr = UINT64_C(0xffffffffff600000), .size = 8 };
	check(MANY, question, ARRAY_SIZE(question));
}

/* What covers an address may begin far below it, with others in between. */
static void test_symbol_index__reach_is_that_of_all_below(void **state)
{
	struct symbol_index x;

	(void)state;
	for (size_t i = 0; i < 100; i++)
		raw[i] = (struct symbol_raw){ .addr = 0x1000 + i * 16, .size = 16 };
	raw[100] = (struct symbol_raw){ .addr = 0x1000, .size = 0x10000 };
	assert_int_equal(symbol_index_make(&x, raw, 101), 0);
	assert_true(symbol_index_reaches(&x, 100, 0x10fff));
	assert_false(symbol_index_reaches(&x, 100, 0x11000));
	symbol_index_release(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_symbol_index__none),
		cmocka_unit_test(test_symbol_index__one_and_the_ends_of_the_range),
		cmocka_unit_test(test_symbol_index__random),
		cmocka_unit_test(test_symbol_index__one_far_away),
		cmocka_unit_test(test_symbol_index__reach_is_that_of_all_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

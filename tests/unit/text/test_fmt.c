/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <time.h>

#include <thrtrace/tables.h>

#include "tables/tables_impl.h"

static void sizes_are_short_and_exact_as_far_as_that_goes(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ 1, "1 byte" },
		{ 2368, "2368 bytes" },
		{ 4095, "4095 bytes" },
		{ 4096, "4 KiB" },
		{ 12288, "12 KiB" },
		{ 143360, "140 KiB" },
		{ 1 << 20, "1 MiB" },
		{ 8392704, "8 MiB + 4 KiB" },
		{ 8388608, "8 MiB" },
		{ 8368128, "8172 KiB" },
		{ 25178112, "24 MiB + 12 KiB" },
		{ 8388608 + 65536, "8 MiB + 64 KiB" },
		{ 8388608 + 65536 + 4096, "8260 KiB" },
		{ 3ULL << 29, "1536 MiB" },
		{ 1ULL << 60, "1 EiB" },
		{ 99999ULL << 10, "99999 KiB" },
		{ 16392000ULL << 10, "15.63 GiB" },
		{ 24683656ULL << 10, "23.54 GiB" },
		{ 99999, "99999 bytes" },
		{ 100001, "97.65 KiB" },
		{ (1ULL << 40) - 1, "1023.99 GiB" },
		{ UINT64_MAX, "15.99 EiB" },
		{ UINT64_MAX - 1023, "15.99 EiB" },
	};
	struct outbuf out;
	(void)state;

	outbuf_init(&out, 100);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		outbuf_clear(&out);
		size_format(&out, cases[i].bytes);
		assert_string_equal(outbuf_str(&out), cases[i].text);
	}
	outbuf_release(&out);
}

static void durations_have_two_or_three_digits(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} cases[] = {
		{ 0, "0 ns" },
		{ 850, "850 ns" },
		{ 402000, "402 us" },
		{ 999999, "999 us" },
		{ 1900000, "1.9 ms" },
		{ 2000000, "2.0 ms" },
		{ 412345678, "412.3 ms" },
		{ 2300000000, "2.3 s" },
		{ 59999999999, "59.9 s" },
		{ 245000000000, "4 min 5 s" },
		{ 3840000000000, "1 h 4 min" },
		{ UINT64_MAX, "5124095 h 34 min" },
	};
	struct outbuf out;
	(void)state;

	outbuf_init(&out, 100);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		outbuf_clear(&out);
		duration_format(&out, cases[i].ns);
		assert_string_equal(outbuf_str(&out), cases[i].text);
	}
	outbuf_release(&out);
}

/* Each day of 500 years as gmtime has it, and leap days by name. */
static void moments_are_of_the_calendar(void **state)
{
	struct outbuf b;
	(void)state;

	outbuf_init(&b, 64);
	for (time_t day = 0; day < 182622; day++) {
		time_t t = day * 86400 + day % 86400;
		char text[32];
		struct tm tm;
		outbuf_clear(&b);
		utc_format(&b, (uint64_t)t * 1000000000 + 999999999);
		assert_non_null(gmtime_r(&t, &tm));
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
		assert_string_equal(outbuf_str(&b), text);
	}
	outbuf_clear(&b);
	utc_format(&b, UINT64_C(951782399000000000));
	assert_string_equal(outbuf_str(&b), "2000-02-28T23:59:59");
	outbuf_clear(&b);
	utc_format(&b, UINT64_C(951782400000000000));
	assert_string_equal(outbuf_str(&b), "2000-02-29T00:00:00");
	outbuf_release(&b);
}

static void addresses_are_hexadecimal_or_null(void **state)
{
	struct outbuf out;
	(void)state;

	outbuf_init(&out, 100);
	addr_format(&out, 0);
	addr_format(&out, 0x7f3a8bef8990);
	hex_format(&out, 0);
	hex_format(&out, UINT64_MAX);
	assert_string_equal(outbuf_str(&out), "NULL0x7f3a8bef899000xffffffffffffffff");
	outbuf_release(&out);
}

static void quoted_text_is_harmless_and_unambiguous(void **state)
{
	static const char text[] = "a\"b\\c\t\n\v\f\r\1x\0011\33[2J\177\377 z";
	struct outbuf out;
	(void)state;

	outbuf_init(&out, 4096);
	quote_format(&out, text, sizeof(text));
	assert_string_equal(outbuf_str(&out), "\"a\\\"b\\\\c\\t\\n\\v\\f\\r\\1x\\0011\\33[2J\\177\\377 z\\0\"");
	outbuf_clear(&out);
	quote_format(&out, "", 0);
	assert_string_equal(outbuf_str(&out), "\"\"");
	outbuf_clear(&out);
	for (int i = 0; i < 256; i++) {
		char c = (char)i;
		quote_format(&out, &c, 1);
	}
	for (size_t i = 0; i < out.len; i++)
		assert_true(out.data[i] >= 0x20 && out.data[i] < 0x7f);
	outbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_short_and_exact_as_far_as_that_goes),
		cmocka_unit_test(durations_have_two_or_three_digits),
		cmocka_unit_test(moments_are_of_the_calendar),
		cmocka_unit_test(addresses_are_hexadecimal_or_null),
		cmocka_unit_test(quoted_text_is_harmless_and_unambiguous),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <thrtrace/outbuf.h>

static void appends_grow_and_stay_terminated(void **state)
{
	struct outbuf b;
	(void)state;

	outbuf_init(&b, 1 << 20);
	assert_string_equal(outbuf_str(&b), "");
	for (int i = 0; i < 1000; i++)
		outbuf_printf(&b, "%d,", i);
	assert_int_equal(outbuf_status(&b), 0);
	assert_int_equal(b.len, strlen(outbuf_str(&b)));
	assert_memory_equal(outbuf_str(&b), "0,1,2,", 6);
	outbuf_clear(&b);
	assert_string_equal(outbuf_str(&b), "");
	outbuf_release(&b);
}

static void cap_is_sticky_and_leaves_what_was_there(void **state)
{
	struct outbuf b;
	(void)state;

	outbuf_init(&b, 8);
	outbuf_puts(&b, "1234");
	outbuf_printf(&b, "%s", "56789");
	assert_int_equal(outbuf_status(&b), -EMSGSIZE);
	outbuf_putc(&b, 'x');
	assert_string_equal(outbuf_str(&b), "1234");
	outbuf_clear(&b);
	outbuf_printf(&b, "%08d", 5);
	assert_int_equal(outbuf_status(&b), 0);
	assert_string_equal(outbuf_str(&b), "00000005");
	outbuf_release(&b);
}

static void who_writes_into_it_has_the_room_that_it_says(void **state)
{
	struct outbuf b;
	size_t room = 3;
	(void)state;

	outbuf_init(&b, 600);
	outbuf_puts(&b, "ab");
	char *at = outbuf_room(&b, &room);
	assert_non_null(at);
	assert_true(room >= 3 && room <= 598);
	memset(at, 'x', room);
	outbuf_grew(&b, room);
	assert_int_equal(b.len, 2 + room);
	assert_int_equal(strlen(outbuf_str(&b)), b.len);
	room = 598 - b.len + 2; /* to the cap */
	at = outbuf_room(&b, &room);
	assert_int_equal(room, 600 - b.len);
	memset(at, 'y', room);
	outbuf_grew(&b, room);
	assert_int_equal(strlen(outbuf_str(&b)), 600);
	room = 1;
	assert_null(outbuf_room(&b, &room));
	assert_int_equal(room, 0);
	assert_int_equal(outbuf_status(&b), -EMSGSIZE);
	assert_int_equal(b.len, 600);
	outbuf_release(&b);
}

static void pad_counts_from_the_last_newline(void **state)
{
	struct outbuf b;
	(void)state;

	outbuf_init(&b, 100);
	outbuf_puts(&b, "abc\nde");
	outbuf_pad(&b, 5);
	outbuf_putc(&b, '|');
	assert_string_equal(outbuf_str(&b), "abc\nde   |");
	outbuf_pad(&b, 2);
	assert_string_equal(outbuf_str(&b), "abc\nde   |");
	outbuf_consume(&b, 4);
	assert_string_equal(outbuf_str(&b), "de   |");
	outbuf_release(&b);
}

#define SAME(...)                                                                                                      \
	do {                                                                                                           \
		char want[200];                                                                                        \
		snprintf(want, sizeof(want), __VA_ARGS__);                                                             \
		outbuf_clear(&b);                                                                                      \
		outbuf_printf(&b, __VA_ARGS__);                                                                        \
		assert_string_equal(outbuf_str(&b), want);                                                             \
	} while (0)

static void conversions_are_those_of_printf(void **state)
{
	static const long long values[] = { 0, 1, -1, 9, 10, 255, 256, INT32_MAX, INT32_MIN, UINT32_MAX, INT64_MAX,
		INT64_MIN };
	struct outbuf b;
	(void)state;

	outbuf_init(&b, 1000);
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		long long v = values[i];
		SAME("<%d %u %x %#x>", (int)v, (unsigned)v, (unsigned)v, (unsigned)v);
		SAME("<%ld %lu %lx %#lx>", (long)v, (unsigned long)v, (unsigned long)v, (unsigned long)v);
		SAME("<%lld %llu %llx %#llx>", v, (unsigned long long)v, (unsigned long long)v, (unsigned long long)v);
		SAME("<%zu %zx %#zx %zd>", (size_t)v, (size_t)v, (size_t)v, (ssize_t)v);
		SAME("%s %8d|%-8u|%c|%%|%.3s|%08lx", "text", (int)v, (unsigned)v, 'x', "abcdef", (unsigned long)v);
	}
	outbuf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appends_grow_and_stay_terminated),
		cmocka_unit_test(cap_is_sticky_and_leaves_what_was_there),
		cmocka_unit_test(who_writes_into_it_has_the_room_that_it_says),
		cmocka_unit_test(pad_counts_from_the_last_newline),
		cmocka_unit_test(conversions_are_those_of_printf),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

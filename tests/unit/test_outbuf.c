/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appends_grow_and_stay_terminated),
		cmocka_unit_test(cap_is_sticky_and_leaves_what_was_there),
		cmocka_unit_test(pad_counts_from_the_last_newline),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

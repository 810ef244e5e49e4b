/* SPDX-License-Identifier: MIT */
/* The filters that are made with thrtrace, against what libseccomp makes of the same rules now. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "filter/filter.h"
#include "filter/filter_made.h"
#include <thrtrace/choice.h>

static void compare(enum libc_kind libc, const struct filter_made *made)
{
	struct call_choice choice;
	struct sock_fprog now;

	choice_default(&choice);
	assert_int_equal(filter_compile(&now, &choice, libc), 0);
	assert_int_equal(made->len, now.len);
	assert_memory_equal(made->code, now.filter, now.len * sizeof(*now.filter));
	free(now.filter);
}

static void made_filters_are_current(void **state)
{
	(void)state;
	if (!filter_made[0].len)
		skip(); /* built without libseccomp, or for another machine */
	compare(LIBC_GLIBC, &filter_made[0]);
	compare(LIBC_BIONIC, &filter_made[0]);
	compare(LIBC_MUSL, &filter_made[1]);
	compare(LIBC_UNKNOWN, &filter_made[1]);
	assert_int_not_equal(filter_made[0].len, filter_made[1].len);
}

/* Only the choice that they were made for may take them. */
static void another_choice_is_another(void **state)
{
	char err[256];
	struct call_choice choice, usual;

	(void)state;
	choice_default(&usual);
	choice_default(&choice);
	assert_true(choice_same_calls(&choice, &usual));
	choice.signals = ALL_SIGNALS; /* no call */
	assert_true(choice_same_calls(&choice, &usual));
	assert_int_equal(choice_parse(&choice, "trace=all", err, sizeof(err)), 0);
	assert_false(choice_same_calls(&choice, &usual)); /* no longer by the rule */
	choice_default(&choice);
	assert_int_equal(choice_parse(&choice, "trace=!futex", err, sizeof(err)), 0);
	assert_false(choice_same_calls(&choice, &usual));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(made_filters_are_current),
		cmocka_unit_test(another_choice_is_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

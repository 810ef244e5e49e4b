/* SPDX-License-Identifier: MIT */
/* -e inject: which calls of a task are made to fail, and with what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include <thrtrace/choice.h>

static struct call_choice parsed(const char *text)
{
	struct call_choice c;
	char err[256] = "";

	choice_default(&c);
	if (choice_parse(&c, text, err, sizeof(err)))
		fail_msg("-e '%s': %s", text, err);
	return c;
}

static void refused(const char *text, const char *because)
{
	struct call_choice c;
	char err[256] = "";

	choice_default(&c);
	assert_int_equal(choice_parse(&c, text, err, sizeof(err)), -EINVAL);
	if (!strstr(err, because))
		fail_msg("-e '%s' is refused by \"%s\", not because of \"%s\"", text, err, because);
	assert_int_equal(c.n_injects, 0);
}

/* Of the first 12 calls, a letter each: x fails. */
static const char *hits(const char *when)
{
	static char text[13];
	char expression[64] = "inject=clone3:error=EAGAIN";

	strcat(strcat(expression, when[0] ? ":when=" : ""), when);
	struct call_choice c = parsed(expression);
	for (uint32_t nth = 1; nth <= 12; nth++)
		text[nth - 1] = inject_hits(&c.inject[0], nth) ? 'x' : '.';
	return text;
}

static void which_calls_fail(void **state)
{
	(void)state;
	assert_string_equal(hits(""), "xxxxxxxxxxxx");
	assert_string_equal(hits("3"), "..x.........");
	assert_string_equal(hits("3+"), "..xxxxxxxxxx");
	assert_string_equal(hits("3+4"), "..x...x...x.");
	assert_string_equal(hits("2..5"), ".xxxx.......");
	assert_string_equal(hits("2..8+3"), ".x..x..x....");
	assert_string_equal(hits("12..12"), "...........x");
}

static void sets_and_errors(void **state)
{
	struct call_choice c = parsed("inject=clone3,clone:error=ENOSYS:when=2");
	(void)state;

	assert_int_equal(c.n_injects, 2);
	assert_int_equal(c.inject[0].id, CALL_clone3);
	assert_int_equal(c.inject[1].id, CALL_clone);
	assert_int_equal(c.inject[1].error, ENOSYS);
	assert_int_equal(c.inject[1].first, 2);
	assert_int_equal(parsed("fault=mmap:error=12").inject[0].error, ENOMEM);
	assert_int_equal(parsed("inject=mmap:when=1:error=ENOMEM").inject[0].last, 1);
	assert_int_equal(parsed("fault=clone3").inject[0].error, ENOSYS);
	assert_int_equal(parsed("inject=%clone:error=eagain").n_injects, 4);
	assert_int_equal(parsed("inject=/^clone:error=11").n_injects, 2);
}

/* What fails is shown, whatever else is; and the last word about a call counts. */
static void it_is_shown(void **state)
{
	struct call_choice c = parsed("trace=futex");
	char err[256];
	(void)state;

	assert_int_equal(choice_parse(&c, "inject=clone3:error=EPERM", err, sizeof(err)), 0);
	assert_true(c.shown[CALL_clone3]);
	assert_false(c.shown[CALL_clone]);
	assert_int_equal(choice_parse(&c, "inject=clone3:error=EAGAIN:when=7", err, sizeof(err)), 0);
	assert_int_equal(c.n_injects, 1);
	assert_int_equal(c.inject[0].error, EAGAIN);
}

static void what_is_not_understood(void **state)
{
	(void)state;
	refused("inject=clone3", "error=ERRNO");
	refused("inject=:error=EPERM", "CALL");
	refused("inject=getpid:error=EPERM", "getpid");
	refused("inject=exit_group:error=EPERM", "exit_group");
	refused("inject=%thread:error=EPERM", "at most 8");
	refused("inject=%nothing:error=EPERM", "%nothing");
	refused("inject=clone3:error=EWHAT", "EWHAT");
	refused("inject=clone3:error=0", "'0'");
	refused("inject=clone3:error=4096", "4096");
	refused("inject=clone3:error=EPERM:when=0", "when=");
	refused("inject=clone3:error=EPERM:when=5..2", "when=");
	refused("inject=clone3:error=EPERM:when=2+x", "when=");
	refused("inject=clone3:error=EPERM:when=99999", "when=");
	refused("inject=clone3:error=EPERM:retval=1", "retval=1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(which_calls_fail),
		cmocka_unit_test(sets_and_errors),
		cmocka_unit_test(it_is_shown),
		cmocka_unit_test(what_is_not_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* -e: strace's set syntax, and what the default rule shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <thrtrace/model.h>
#include <thrtrace/shows.h>

static struct call_choice parsed(const char *expression)
{
	struct call_choice c;
	char err[256] = "";

	choice_default(&c);
	if (choice_parse(&c, expression, err, sizeof(err)))
		fail_msg("-e '%s': %s", expression, err);
	return c;
}

static void refused(const char *expression, const char *because)
{
	struct call_choice c;
	char err[256] = "";

	choice_default(&c);
	assert_int_equal(choice_parse(&c, expression, err, sizeof(err)), -EINVAL);
	if (!strstr(err, because))
		fail_msg("-e '%s' is refused by \"%s\", not because of \"%s\"", expression, err, because);
}

static unsigned count(const struct call_choice *c)
{
	unsigned n = 0;

	for (unsigned i = 0; i < CALL_IDS; i++)
		n += c->shown[i];
	return n;
}

static void names_and_sets(void **state)
{
	struct call_choice c = parsed("trace=futex,clone3");
	(void)state;

	assert_int_equal(count(&c), 2);
	assert_true(c.shown[CALL_futex] && c.shown[CALL_clone3]);
	assert_false(c.by_rule);
	c = parsed("t=%memory");
	assert_true(c.shown[CALL_mmap] && c.shown[CALL_madvise] && !c.shown[CALL_futex]);
	c = parsed("futex");
	assert_int_equal(count(&c), 1);
}

static void all_and_none(void **state)
{
	struct call_choice c = parsed("all");
	(void)state;

	assert_int_equal(count(&c), CALL_IDS);
	assert_true(c.signals); /* -e all means everything */
	c = parsed("trace=none");
	assert_int_equal(count(&c), 0);
	c = parsed("trace=");
	assert_int_equal(count(&c), 0);
	c = parsed("trace=!all");
	assert_int_equal(count(&c), 0);
}

static void negation(void **state)
{
	struct call_choice c = parsed("trace=!futex,mmap");
	(void)state;

	assert_int_equal(count(&c), CALL_IDS - 2);
	assert_false(c.shown[CALL_futex] || c.shown[CALL_mmap]);
	c = parsed("trace=%thread,!futex");
	assert_true(c.shown[CALL_clone3] && !c.shown[CALL_futex]);
}

static void every_set_names_something(void **state)
{
	static const char *const sets[] = { "thread", "memory", "process", "sched", "creds", "namespace", "signal" };
	(void)state;

	for (unsigned i = 0; i < ARRAY_SIZE(sets); i++) {
		char e[32];
		snprintf(e, sizeof(e), "trace=%%%s", sets[i]);
		struct call_choice c = parsed(e);
		assert_true(count(&c) > 0 && count(&c) < CALL_IDS);
	}
}

static void a_question_mark_tolerates(void **state)
{
	struct call_choice c = parsed("trace=?no_such_call,futex");
	(void)state;

	assert_int_equal(count(&c), 1);
}

static void signals(void **state)
{
	struct call_choice c = parsed("signal=all");
	(void)state;

	assert_true(c.signals == ALL_SIGNALS && c.by_rule);
	c = parsed("signal=none");
	assert_int_equal(c.signals, 0);
	c = parsed("signal=!none");
	assert_true(c.signals == ALL_SIGNALS);
	c = parsed("signal=SIGHUP,chld,64,SIGRT_2");
	assert_true(c.signals == (1U << 0 | 1U << 16 | UINT64_C(1) << 63 | UINT64_C(1) << 33));
	assert_true(choice_has_signal(&c, 1) && choice_has_signal(&c, 64) && !choice_has_signal(&c, 2));
	assert_false(choice_has_signal(&c, 0) || choice_has_signal(&c, 65));
	c = parsed("signal=!sigchld");
	assert_true(c.signals == ~(UINT64_C(1) << 16));
	refused("signal=SIGHUP,foo", "'foo' is no signal");
	refused("signal=65", "'65' is no signal");
	refused("signal=0", "'0' is no signal");
	refused("signal=", "'' is no signal");
	refused("signal=SIGHUP,", "'' is no signal");
	refused("signal=all,HUP", "'all' is no signal");
}

static void mistakes_are_explained(void **state)
{
	(void)state;
	refused("trace=no_such_call", "no_such_call");
	refused("trace=%nothing", "%nothing");
	refused("read=3", "'read' is not a qualifier");
}

/* One call under the default rule. */
static enum showing rule(
	enum call_id id, uint64_t arg0, uint64_t arg2, uint64_t arg3, enum area_role area, int64_t result)
{
	struct call_choice choice;
	struct call call = { .id = id, .arg = { arg0, 4096, arg2, arg3 } };
	struct event ev = { .kind = EV_CALL,
		.u.call = { .call = &call, .how = RESULT_SEEN, .result = result, .area_known = area } };

	choice_default(&choice);
	return shows_call(&choice, &ev);
}

static enum showing by_status(const char *status, int64_t result, enum result_kind how)
{
	struct call_choice choice = parsed(status);
	struct call call = { .id = CALL_clone3 };
	struct event ev = { .kind = EV_CALL, .u.call = { .call = &call, .how = how, .result = result } };

	return shows_call(&choice, &ev);
}

static void a_status_chooses(void **state)
{
	(void)state;
	assert_int_equal(by_status("status=all", -11, RESULT_SEEN), SHOW_YES);
	assert_int_equal(by_status("status=failed", -11, RESULT_SEEN), SHOW_YES);
	assert_int_equal(by_status("status=failed", 100, RESULT_SEEN), SHOW_NO);
	assert_int_equal(by_status("status=successful", 100, RESULT_SEEN), SHOW_YES);
	assert_int_equal(by_status("status=successful", -11, RESULT_SEEN), SHOW_NO);
	assert_int_equal(by_status("status=successful", 0, RESULT_NOT_SEEN), SHOW_NO);
	refused("status=done", "status=failed");
	struct call_choice c = parsed("status=failed");
	assert_false(shows_begin(&c, CALL_futex)); /* nobody knows yet */
	c = parsed("futex");
	assert_true(shows_begin(&c, CALL_futex));
}

static void patterns_and_families(void **state)
{
	struct call_choice c = parsed("/^set_");
	(void)state;

	assert_true(c.shown[CALL_set_robust_list]);
	assert_false(c.shown[CALL_clone]);
	c = parsed("%clone,!vfork");
	assert_int_equal(count(&c), 3);
	assert_true(c.shown[CALL_fork]);
	assert_false(c.shown[CALL_vfork]);
	refused("/(", "/(");
	refused("/^nothing_like_it", "/REGEX");
}

static void the_rule_shows_what_belongs_to_threads(void **state)
{
	(void)state;
	assert_int_equal(rule(CALL_seccomp, 1, 0x1000, 0, AREA_NONE, 0), SHOW_YES);
	assert_int_equal(rule(CALL_seccomp, 1, 0x1000, 0, AREA_NONE, -13), SHOW_YES);
	assert_int_equal(rule(CALL_seccomp, 1, 0, 0, AREA_NONE, -14), SHOW_NO); /* libseccomp asks for flags */
	assert_int_equal(rule(CALL_seccomp, 2, 0x1000, 0, AREA_NONE, 0), SHOW_NO);
	assert_int_equal(rule(CALL_mmap, 0, PROT_READ, MAP_STACK, AREA_NONE, 0x1000), SHOW_YES);
	assert_int_equal(rule(CALL_mmap, 0, PROT_READ, MAP_PRIVATE, AREA_NONE, 0x1000), SHOW_NO);
	assert_int_equal(rule(CALL_mmap, 0, PROT_NONE, MAP_PRIVATE, AREA_MAYBE, 0x1000), SHOW_IF_STACK);
	assert_int_equal(rule(CALL_mprotect, 0x1000, 0, 0, AREA_STACK, 0), SHOW_YES);
	assert_int_equal(rule(CALL_mprotect, 0x1000, 0, 0, AREA_MAYBE, 0), SHOW_IF_STACK);
	assert_int_equal(rule(CALL_mprotect, 0x1000, 0, 0, AREA_MAYBE, -12), SHOW_YES);
	assert_int_equal(rule(CALL_mprotect, 0x1000, 0, 0, AREA_NONE, -12), SHOW_NO);
	assert_int_equal(rule(CALL_munmap, 0x1000, 0, 0, AREA_MAYBE, 0), SHOW_IF_STACK);
	assert_int_equal(rule(CALL_madvise, 0x1000, 0, 0, AREA_NONE, 0), SHOW_NO);
	assert_int_equal(rule(CALL_futex, 0x1000, 0, 0, AREA_NONE, 0), SHOW_NO);
	assert_int_equal(rule(CALL_exit, 0, 0, 0, AREA_NONE, 0), SHOW_NO);
	assert_int_equal(rule(CALL_tgkill, 1, 33, 0, AREA_NONE, 0), SHOW_YES);
	assert_int_equal(rule(CALL_tgkill, 1, 10, 0, AREA_NONE, 0), SHOW_NO);
	assert_int_equal(rule(CALL_prctl, 15, 0, 0, AREA_NONE, 0), SHOW_YES);
	assert_int_equal(rule(CALL_prctl, 4, 0, 0, AREA_NONE, 0), SHOW_NO);
	assert_int_equal(rule(CALL_execve, 0, 0, 0, AREA_NONE, -2), SHOW_NO);
	assert_int_equal(rule(CALL_clone3, 0, 0, 0, AREA_NONE, -11), SHOW_YES);
	assert_int_equal(rule(CALL_OTHER, 0, 0, 0, AREA_NONE, 0), SHOW_NO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rule_shows_what_belongs_to_threads),
		cmocka_unit_test(a_status_chooses),
		cmocka_unit_test(patterns_and_families),
		cmocka_unit_test(names_and_sets),
		cmocka_unit_test(all_and_none),
		cmocka_unit_test(negation),
		cmocka_unit_test(every_set_names_something),
		cmocka_unit_test(a_question_mark_tolerates),
		cmocka_unit_test(signals),
		cmocka_unit_test(mistakes_are_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

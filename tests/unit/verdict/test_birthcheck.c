/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/sched.h>
#include <string.h>

#include <thrtrace/birthcheck.h>

#define THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SETTLS)

/* A thread as pthread_create makes it. */
static struct birth_check good(void)
{
	return (struct birth_check){
		.flags = THREAD,
		.align = 16,
		.user_end = (taddr)1 << 56,
		.sp = 0x7f0000010000,
		.sp_known = true,
		.stack_low = 0x7f0000000000,
		.stack_high = 0x7f0000010000,
		.sp_mapped_known = true,
		.sp_mapped = true,
		.sp_writable = true,
		.creator_sp = 0x7fff0000f000,
		.creator_low = 0x7fff00000000,
		.creator_high = 0x7fff00010000,
		.tls = 0x7f0000010100,
		.tls_known = true,
		.tls_mapped = BIRTH_TLS_MAPPED,
		.creator_tls = 0x7f1000000000,
		.creator_tls_known = true,
	};
}

static bool has(const struct birth_check *c, const char *kind)
{
	struct birth_finding f[BIRTH_FINDINGS];
	size_t n = birthcheck(c, f);

	for (size_t i = 0; i < n; i++)
		if (strcmp(f[i].kind, kind) == 0)
			return f[i].why[0] && f[i].repair;
	return false;
}

static void ordinary_births_have_no_finding(void **state)
{
	struct birth_finding f[BIRTH_FINDINGS];
	struct birth_check c = good();
	(void)state;

	assert_int_equal(birthcheck(&c, f), 0);
	c.flags = 0; /* fork */
	c.sp = c.creator_sp;
	c.tls = c.creator_tls;
	c.stack_low = c.stack_high = 0;
	assert_int_equal(birthcheck(&c, f), 0);
	c.flags = CLONE_VM | CLONE_VFORK;
	assert_int_equal(birthcheck(&c, f), 0);
}

static void tls_mistakes_are_named(void **state)
{
	struct birth_check c = good();
	(void)state;

	c.flags &= ~(uint64_t)CLONE_SETTLS;
	assert_true(has(&c, "tls-missing"));
	c = good();
	c.tls_mapped = BIRTH_TLS_UNMAPPED;
	assert_true(has(&c, "tls-unmapped"));
	c.tls = 0xdead000000000000;
	assert_true(has(&c, "tls-noncanonical"));
	c = good();
	c.tls = c.creator_tls;
	assert_true(has(&c, "tls-shared"));
}

static void stack_mistakes_are_named(void **state)
{
	struct birth_check c = good();
	(void)state;

	c.sp = c.stack_low;
	assert_true(has(&c, "sp-low-end"));
	c = good();
	c.sp -= 3;
	assert_true(has(&c, "sp-unaligned"));
	c = good();
	c.sp = c.stack_high + 16;
	assert_true(has(&c, "sp-outside"));
	c = good();
	c.sp_mapped = false;
	assert_true(has(&c, "sp-unmapped"));
	c = good();
	c.stack_user = 5;
	assert_true(has(&c, "stack-shared"));
	c = good();
	c.stack_low = c.stack_high = 0;
	c.sp = c.creator_sp;
	assert_true(has(&c, "sp-creators"));
	c.sp = c.creator_sp - 4096;
	assert_true(has(&c, "sp-in-creators-stack"));
}

static const char *vain(taddr addr, taddr clear_tid, bool private_futex, bool ended)
{
	static struct birth_finding f;
	const struct wait_check c = {
		.addr = addr,
		.private_futex = private_futex,
		.label = 1,
		.ended = ended,
		.clear_tid = clear_tid,
		.named = { 0x1000, 0 },
	};

	return birthcheck_wait_in_vain(&c, &f) ? f.why : "";
}

static void waits_that_nobody_ends_are_named(void **state)
{
	(void)state;
	assert_string_equal(vain(0x1000, 0, false, false),
		"T1 has no word to clear at its end, as it stands: the kernel wakes no wait on 0x1000");
	assert_string_equal(vain(0x1000, 0x2000, false, false),
		"T1 clears another word at its end, as it stands, 0x2000: the kernel wakes no wait on 0x1000");
	assert_true(*vain(0x1000, 0x1000, true, false));
	assert_false(*vain(0x1000, 0x1000, false, false));
}

static void waits_for_the_dead_are_named(void **state)
{
	(void)state;
	assert_string_equal(vain(0x1000, 0, false, true),
		"T1 has ended, and had no word to clear: the kernel wakes no wait on 0x1000");
	assert_string_equal(vain(0x1000, 0x2000, true, true),
		"T1 has ended, and cleared another word, 0x2000: the kernel wakes no wait on 0x1000");
	/* It is cleared: the wait returns at once. */
	assert_false(*vain(0x1000, 0x1000, false, true));
	assert_false(*vain(0x1000, 0x1000, true, true));
}

/* A counter may come to any number, and so to a tid. */
static void only_a_word_named_for_the_tid_is_judged(void **state)
{
	(void)state;
	assert_false(*vain(0x3000, 0, false, false));
	assert_false(*vain(0x3000, 0x1000, false, true));
	assert_false(*vain(0x3000, 0x2000, false, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordinary_births_have_no_finding),
		cmocka_unit_test(tls_mistakes_are_named),
		cmocka_unit_test(stack_mistakes_are_named),
		cmocka_unit_test(waits_that_nobody_ends_are_named),
		cmocka_unit_test(waits_for_the_dead_are_named),
		cmocka_unit_test(only_a_word_named_for_the_tid_is_judged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

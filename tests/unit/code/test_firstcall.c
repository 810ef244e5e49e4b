/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include <thrtrace/firstcall.h>

static int follow(const char *code, size_t len, const uint64_t *stack, size_t n, taddr *fn, uint64_t *arg)
{
	struct firstcall f = { .code = (const uint8_t *)code, .len = len, .pc = 0x1000, .stack = stack, .n_stack = n };

	f.reg[12] = 0x4000;
	f.reg[9] = 0x5000;
	return firstcall_x86_64(&f, fn, arg);
}

static void wrappers_of_libcs_are_followed(void **state)
{
	static const uint64_t stack[] = { 0x6000, 42 };
	taddr fn;
	uint64_t arg;
	(void)state;

	/* glibc: test; jl; jz thread; ret; thread: xor ebp; pop rax; pop rdi; call *rax */
	static const char glibc[] = "\x48\x85\xc0\x7c\x0b\x74\x01\xc3\x31\xed\x58\x5f\xff\xd0";
	assert_int_equal(follow(glibc, sizeof(glibc) - 1, stack, 2, &fn, &arg), 0);
	assert_int_equal(fn, 0x6000);
	assert_int_equal(arg, 42);
	/* musl: test eax; jnz; xor ebp; pop rdi; call *r9 */
	static const char musl[] = "\x85\xc0\x75\x08\x31\xed\x5f\x41\xff\xd1";
	assert_int_equal(follow(musl, sizeof(musl) - 1, stack + 1, 1, &fn, &arg), 0);
	assert_int_equal(fn, 0x5000);
	assert_int_equal(arg, 42);
}

static void direct_calls_and_returns_are_followed(void **state)
{
	static const uint64_t stack[] = { 0x7000 };
	taddr fn;
	uint64_t arg;
	(void)state;

	static const char direct[] = "\x48\x85\xc0\x75\x05\xe8\x10\0\0\0";
	assert_int_equal(follow(direct, sizeof(direct) - 1, NULL, 0, &fn, &arg), 0);
	assert_int_equal(fn, 0x1000 + 10 + 16);
	assert_int_equal(follow("\xc3", 1, stack, 1, &fn, &arg), 0);
	assert_int_equal(fn, 0x7000);
}

static void what_is_not_understood_is_not_guessed(void **state)
{
	taddr fn;
	uint64_t arg;
	(void)state;

	assert_int_equal(follow("\x90\x90", 2, NULL, 0, &fn, &arg), -ENOENT);
	assert_int_equal(follow("\xeb\xfe", 2, NULL, 0, &fn, &arg), -ENOENT);
	assert_int_equal(follow("", 0, NULL, 0, &fn, &arg), -ENOENT);
	assert_int_equal(follow("\x5f\xff\xd0", 3, NULL, 0, &fn, &arg), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrappers_of_libcs_are_followed),
		cmocka_unit_test(direct_calls_and_returns_are_followed),
		cmocka_unit_test(what_is_not_understood_is_not_guessed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

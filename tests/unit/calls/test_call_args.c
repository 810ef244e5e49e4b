/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "calltest.h"

static void plain_calls_show_their_rows(void **state)
{
	struct call c;
	(void)state;

	CALLTEST_DECODE(&c, "x86_64", "exit", NULL, 0xffffffffffffffff);
	calltest_shows(&c, "exit(-1)");
	CALLTEST_DECODE(&c, "i386", "exit_group", NULL, 3);
	calltest_shows(&c, "exit_group(3)");
	CALLTEST_DECODE(&c, "x86_64", "tgkill", NULL, 4126, 4127, 33);
	calltest_shows(&c, "tgkill(4126, 4127, SIGRT_1)");
	CALLTEST_DECODE(&c, "x86_64", "tkill", NULL, (uint64_t)-1, 65);
	calltest_shows(&c, "tkill(-1, 65)");
	CALLTEST_DECODE(&c, "x86_64", "tkill", NULL, 5, 0);
	calltest_shows(&c, "tkill(5, 0)");
	CALLTEST_DECODE(&c, "x86_64", "pidfd_open", NULL, 5, 0x880);
	calltest_shows(&c, "pidfd_open(5, PIDFD_NONBLOCK|PIDFD_THREAD)");
	CALLTEST_DECODE(&c, "x86_64", "ptrace", NULL, 0x4206, 5, 0, 1);
	calltest_shows(&c, "ptrace(PTRACE_SEIZE, 5, NULL, 0x1)");
	CALLTEST_DECODE(&c, "x86_64", "ptrace", NULL, 0x999, 5, 0, 0);
	calltest_shows(&c, "ptrace(0x999 /* PTRACE_??? */, 5, NULL, NULL)");
	CALLTEST_DECODE(&c, "x86_64", "setuid", NULL, 0xffffffff);
	calltest_shows(&c, "setuid(4294967295)");
	CALLTEST_DECODE(&c, "x86_64", "setresuid", NULL, 0xffffffff, 1000, 0xffffffff);
	calltest_shows(&c, "setresuid(-1, 1000, -1)");
	CALLTEST_DECODE(&c, "x86_64", "setgroups", NULL, 0, 0);
	calltest_shows(&c, "setgroups(0, NULL)");
}

static void unknown_calls_show_numbers(void **state)
{
	const uint64_t arg[CALL_ARGS] = { 1, 2, 0, 0xffffffffffffffff, 0, 6 };
	static struct fakemem none;
	struct mem mem = fakemem_mem(&none);
	struct call c;
	(void)state;

	call_decode(&c, abi_by_name("x86_64"), 500, arg, &mem);
	assert_int_equal(c.id, CALL_OTHER);
	calltest_shows(&c, "syscall_0x1f4(0x1, 0x2, 0, 0xffffffffffffffff, 0, 0x6)");
	assert_int_equal(call_arg_count(&c), 6);
	assert_string_equal(call_arg_name(&c, 5), "arg6");
	calltest_result(&c, 7, "7");
	call_decode(&c, NULL, 56, arg, &mem);
	assert_int_equal(c.id, CALL_OTHER);
	call_decode(&c, abi_by_name("x86_64"), 0x40000038, arg, &mem); /* x32 */
	calltest_shows(&c, "syscall_0x40000038(0x1, 0x2, 0, 0xffffffffffffffff, 0, 0x6)");
	call_decode(&c, abi_by_name("x86_64"), UINT64_MAX, arg, &mem);
	assert_int_equal(c.id, CALL_OTHER);
}

static void results_read_as_in_strace(void **state)
{
	struct call c;
	(void)state;

	CALLTEST_DECODE(&c, "x86_64", "mmap", NULL, 0);
	calltest_result(&c, 0x7f3a8b6f8000, "0x7f3a8b6f8000");
	calltest_result(&c, 0, "0");
	calltest_result(&c, -12, "-1 ENOMEM (Cannot allocate memory)");
	calltest_result(&c, -4096, "0xfffffffffffff000");
	CALLTEST_DECODE(&c, "x86_64", "futex", NULL, 0);
	calltest_result(&c, 1, "1");
	calltest_result(&c, -110, "-1 ETIMEDOUT (Connection timed out)");
	calltest_result(&c, -512, "? ERESTARTSYS (To be restarted if SA_RESTART is set)");
	calltest_result(&c, -513, "? ERESTARTNOINTR (To be restarted)");
	calltest_result(&c, -514, "? ERESTARTNOHAND (To be restarted if no handler)");
	calltest_result(&c, -515, "-1 ENOIOCTLCMD (No ioctl command)");
	calltest_result(&c, -516, "? ERESTART_RESTARTBLOCK (Interrupted by signal)");
	calltest_result(&c, -4000, "-1 (errno 4000)");
	CALLTEST_DECODE(&c, "x86_64", "exit", NULL, 0);
	calltest_result(&c, 0, "?");
	CALLTEST_DECODE(&c, "x86_64", "clone", NULL, 0);
	calltest_result(&c, 4127, "4127");
	CALLTEST_DECODE(&c, "x86_64", "pidfd_open", NULL, 1);
	calltest_result(&c, 3, "3");
}

static void every_call_of_every_architecture_survives_nonsense(void **state)
{
	const char *const names[] = { "x86_64", "i386", "aarch64" };
	const uint64_t values[] = { 0, 1, 0x1000, 0x7fffffff, 0xffffffff, 0xffffffffffffffff };
	static struct fakemem none;
	struct mem mem = fakemem_mem(&none);
	struct outbuf out;
	(void)state;

	outbuf_init(&out, 1 << 16);
	for (size_t a = 0; a < ARRAY_SIZE(names); a++) {
		for (uint64_t nr = 0; nr < 600; nr++) {
			for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
				uint64_t x = values[v];
				uint64_t arg[CALL_ARGS] = { x, x, x, x, x, x };
				struct call c;
				call_decode(&c, abi_by_name(names[a]), nr, arg, &mem);
				outbuf_clear(&out);
				call_format(&c, &out);
				assert_int_equal(outbuf_status(&out), 0);
			}
		}
	}
	outbuf_release(&out);
}

static void capped_output_keeps_no_half_argument_and_does_not_crash(void **state)
{
	struct outbuf out;
	struct call c;
	(void)state;

	CALLTEST_DECODE(&c, "x86_64", "mmap", NULL, 0, 8392704, 0, 0x20022, 0xffffffff, 0);
	for (size_t max = 0; max < 80; max++) {
		outbuf_init(&out, max);
		call_format(&c, &out);
		assert_true(out.len <= max);
		outbuf_release(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_calls_show_their_rows),
		cmocka_unit_test(unknown_calls_show_numbers),
		cmocka_unit_test(results_read_as_in_strace),
		cmocka_unit_test(every_call_of_every_architecture_survives_nonsense),
		cmocka_unit_test(capped_output_keeps_no_half_argument_and_does_not_crash),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

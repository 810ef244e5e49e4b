/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>

#include <thrtrace/stop.h>

#define STOPPED(sig, event) (0x7f | (sig) << 8 | (event) << 16)

static void is(int wstatus, enum stop_kind kind, int sig, int code, bool core)
{
	struct stop st;

	assert_int_equal(stop_classify(7, wstatus, 42, &st), 0);
	assert_string_equal(stop_name(st.kind), stop_name(kind));
	assert_int_equal(st.sig, sig);
	assert_int_equal(st.code, code);
	assert_int_equal(st.core, core);
	assert_int_equal(st.tid, 7);
	assert_int_equal(st.t_ns, 42);
}

static void every_event_has_its_kind(void **state)
{
	(void)state;
	is(STOPPED(SIGTRAP, PTRACE_EVENT_FORK), STOP_FORK, 0, 0, false);
	is(STOPPED(SIGTRAP, PTRACE_EVENT_VFORK), STOP_VFORK, 0, 0, false);
	is(STOPPED(SIGTRAP, PTRACE_EVENT_CLONE), STOP_CLONE, 0, 0, false);
	is(STOPPED(SIGTRAP, PTRACE_EVENT_EXEC), STOP_EXEC, 0, 0, false);
	is(STOPPED(SIGTRAP, PTRACE_EVENT_VFORK_DONE), STOP_VFORK_DONE, 0, 0, false);
	is(STOPPED(SIGTRAP, PTRACE_EVENT_EXIT), STOP_EXIT, 0, 0, false);
	is(STOPPED(SIGTRAP, PTRACE_EVENT_SECCOMP), STOP_SECCOMP, 0, 0, false);
	is(STOPPED(SIGTRAP | 0x80, 0), STOP_SYSCALL, 0, 0, false);
}

/* SIGTRAP: a first stop, PTRACE_INTERRUPT or SIGCONT's echo; another signal: the group is stopped by it. */
static void event_stop_is_told_by_its_signal(void **state)
{
	(void)state;
	is(STOPPED(SIGTRAP, 128), STOP_TRAP, 0, 0, false);
	is(STOPPED(SIGSTOP, 128), STOP_GROUP, SIGSTOP, 0, false);
	is(STOPPED(SIGTTOU, 128), STOP_GROUP, SIGTTOU, 0, false);
}

static void a_signal_is_delivered(void **state)
{
	(void)state;
	is(STOPPED(SIGSTOP, 0), STOP_SIGNAL, SIGSTOP, 0, false);
	is(STOPPED(SIGTRAP, 0), STOP_SIGNAL, SIGTRAP, 0, false);
	is(STOPPED(64, 0), STOP_SIGNAL, 64, 0, false);
}

static void the_last_word_is_exit_or_signal(void **state)
{
	(void)state;
	is(3 << 8, STOP_EXITED, 0, 3, false);
	is(255 << 8, STOP_EXITED, 0, 255, false);
	is(SIGKILL, STOP_KILLED, SIGKILL, 0, false);
	is(SIGSEGV | 0x80, STOP_KILLED, SIGSEGV, 0, true);
}

static void the_unknown_passes_as_a_trap(void **state)
{
	struct stop st;
	(void)state;

	assert_int_equal(stop_classify(7, STOPPED(SIGTRAP, 77), 0, &st), -EINVAL);
	assert_int_equal(st.kind, STOP_TRAP);
	assert_int_equal(stop_classify(7, 0xffff, 0, &st), -EINVAL); /* WIFCONTINUED */
	assert_int_equal(st.kind, STOP_TRAP);
}

static void every_kind_has_a_name(void **state)
{
	(void)state;
	for (unsigned k = 0; k < STOP_KINDS; k++) {
		assert_non_null(stop_name((enum stop_kind)k));
		for (unsigned o = 0; o < k; o++)
			assert_string_not_equal(stop_name((enum stop_kind)k), stop_name((enum stop_kind)o));
	}
	assert_string_equal(stop_name(STOP_KINDS), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_event_has_its_kind),
		cmocka_unit_test(event_stop_is_told_by_its_signal),
		cmocka_unit_test(a_signal_is_delivered),
		cmocka_unit_test(the_last_word_is_exit_or_signal),
		cmocka_unit_test(the_unknown_passes_as_a_trap),
		cmocka_unit_test(every_kind_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include <thrtrace/shared.h>

static struct shared_facts facts(void)
{
	struct shared_facts f = { .tid = { 7, 8 }, .tgid = { 7, 7 }, .comm = { "a", "b\"" }, .proof_errno = EPERM };

	memset(f.proof, PROOF_SAME, sizeof(f.proof));
	memset(f.ns, PROOF_SAME, sizeof(f.ns));
	f.proof[PROOF_FS] = PROOF_DIFFERENT;
	f.proof[PROOF_IO] = PROOF_UNKNOWN;
	f.ns[NS_NET] = PROOF_DIFFERENT;
	return f;
}

static void each_answer_is_told(void **state)
{
	struct shared_facts f = facts();
	struct outbuf out;
	(void)state;

	outbuf_init(&out, 65536);
	shared_text(&f, &out);
	assert_string_equal(outbuf_str(&out),
		"7 \"a\" of process 7, and 8 \"b\\\"\" of process 7\n"
		"  thread group  the same\n"
		"  VM            shared                      address space\n"
		"  FILES         shared                      file descriptors\n"
		"  FS            each its own                working directory, root, umask\n"
		"  SIGHAND       shared                      signal handlers\n"
		"  SYSVSEM       shared, or neither has one  System V semaphore undo list\n"
		"  IO            not known: EPERM            I/O context\n"
		"  namespaces    the same: cgroup, ipc, mnt, pid, time, user, uts\n"
		"  namespaces    each its own: net\n");
	outbuf_release(&out);
}

static void json_has_true_false_and_null(void **state)
{
	struct shared_facts f = facts();
	struct outbuf out;
	(void)state;

	outbuf_init(&out, 65536);
	assert_int_equal(shared_json(&f, &out), 0);
	assert_string_equal(outbuf_str(&out),
		"{\"event\":\"shared\",\"tids\":[7,8],\"pids\":[7,7],\"VM\":true,\"FILES\":true,\"FS\":false,"
		"\"SIGHAND\":true,"
		"\"SYSVSEM\":true,\"IO\":null,\"cgroup_ns\":true,\"ipc_ns\":true,\"mnt_ns\":true,\"net_ns\":false,"
		"\"pid_ns\":true,"
		"\"time_ns\":true,\"user_ns\":true,\"uts_ns\":true}\n");
	outbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_answer_is_told),
		cmocka_unit_test(json_has_true_false_and_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

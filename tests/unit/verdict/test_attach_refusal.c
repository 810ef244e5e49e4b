/* SPDX-License-Identifier: MIT */
/* One sentence for each reason, and the one that matters when several hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include <thrtrace/attach_refusal.h>

#define PTRACE_CAP (1ULL << CAP_SYS_PTRACE)

/* An ordinary user's process, and thrtrace of the same user; nothing speaks against it. */
static struct attach_denial plain(void)
{
	return (struct attach_denial){
		.pid = 100,
		.tgid = 100,
		.ppid = 1,
		.exists = true,
		.comm = "prog",
		.state = 'S',
		.uids_known = true,
		.uid = { 1000, 1000, 1000 },
		.self = 50,
		.own_uid = 1000,
		.yama = -1,
		.err = EPERM,
	};
}

static void says(const struct attach_denial *f, const char *what)
{
	struct outbuf out;

	outbuf_init(&out, 4096);
	attach_refusal_format(&out, f);
	if (!strstr(outbuf_str(&out), what))
		fail_msg("\"%s\" does not say \"%s\"", outbuf_str(&out), what);
	assert_null(strchr(outbuf_str(&out), '\n'));
	outbuf_release(&out);
}

static void nobody_is_there(void **state)
{
	(void)state;
	says(&(struct attach_denial){ .pid = 7, .err = ESRCH }, "there is no process 7");
}

static void it_is_thrtrace_or_traces_it(void **state)
{
	struct attach_denial f = plain();
	(void)state;

	f.tgid = f.self;
	assert_true(attach_is_folly(&f));
	says(&f, "is thrtrace itself");
	f = plain();
	assert_false(attach_is_folly(&f));
	f.own_tracer = 100;
	assert_true(attach_is_folly(&f));
	says(&f, "traces thrtrace");
}

static void no_privilege_would_help(void **state)
{
	struct attach_denial f = plain();
	(void)state;

	f.kernel_thread = true;
	says(&f, "process 100 (prog) is a thread of the kernel");
	f = plain();
	f.state = 'Z';
	says(&f, "is a zombie until its parent, process 1,");
	f = plain();
	f.tracer = 77;
	strcpy(f.tracer_comm, "gdb");
	says(&f, "is already traced, by process 77 (gdb)");
	f = plain();
	f.err = ESRCH;
	says(&f, "ended while thrtrace was attaching");
}

static void another_user(void **state)
{
	struct attach_denial f = plain();
	(void)state;

	f.uid[0] = f.uid[1] = f.uid[2] = 0;
	says(&f, "runs as uid 0 and thrtrace as uid 1000");
	f = plain();
	f.uid[1] = 0; /* set-user-ID */
	says(&f, "runs as uid 0 and thrtrace as uid 1000");
	f.own_uid = 0;
	says(&f, "root without CAP_SYS_PTRACE");
}

static void yama(void **state)
{
	struct attach_denial f = plain();
	(void)state;

	f.yama = 1;
	says(&f, "ptrace_scope is 1");
	f.yama = 2;
	says(&f, "ptrace_scope is 2");
	f.yama = 3;
	f.own_caps = PTRACE_CAP; /* not even that helps */
	says(&f, "ptrace_scope is 3");
	f.yama = 1;
	f.other_user_ns = true;
	says(&f, "another user namespace"); /* Yama asks nothing of who has the capability */
	f = plain();
	f.yama = 1;
	f.uid[0] = f.uid[1] = f.uid[2] = 0;
	says(&f, "runs as uid 0"); /* with the sysctl at 0 it would be refused all the same */
	f = plain();
	f.yama = 0;
	says(&f, "security module");
}

static void what_the_process_is(void **state)
{
	struct attach_denial f = plain();
	(void)state;

	f.not_dumpable = true;
	says(&f, "is not dumpable");
	f = plain();
	f.caps = 1ULL << CAP_NET_RAW;
	says(&f, "capabilities that thrtrace has not");
	f.own_caps = f.caps;
	says(&f, "security module");
}

static void where_thrtrace_is(void **state)
{
	struct attach_denial f = plain();
	(void)state;

	f.own_filter = true;
	says(&f, "seccomp filter");
	f = plain();
	f.own_uid = f.uid[0] = f.uid[1] = f.uid[2] = 0;
	says(&f, "--cap-add=SYS_PTRACE");
}

static void a_thread_is_called_one(void **state)
{
	struct attach_denial f = plain();
	(void)state;

	f.pid = 101;
	f.err = ENOMEM;
	says(&f, "thread 101 (prog) can't be attached to: Cannot allocate memory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_is_there),
		cmocka_unit_test(it_is_thrtrace_or_traces_it),
		cmocka_unit_test(no_privilege_would_help),
		cmocka_unit_test(another_user),
		cmocka_unit_test(yama),
		cmocka_unit_test(what_the_process_is),
		cmocka_unit_test(where_thrtrace_is),
		cmocka_unit_test(a_thread_is_called_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

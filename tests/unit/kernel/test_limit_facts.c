/* SPDX-License-Identifier: MIT */
/* Limits and the caller's facts, of a child whose limits the test has set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/limit_facts.h"

#define NPROC 54321
#define AS    (UINT64_C(64) << 40) /* above what a sanitizer reserves */

#define ASK(call_, err_) (&(struct failure_ask){ .call = (call_), .err = (err_), .fd = -1 })

/* A child that has set its limits, and waits to be killed. */
static pid_t child_with(bool no_new_privs)
{
	int ready[2];
	char byte;

	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		bool ok = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
			setrlimit(RLIMIT_NPROC, &(struct rlimit){ NPROC, NPROC }) == 0 &&
			setrlimit(RLIMIT_AS, &(struct rlimit){ AS, AS }) == 0 &&
			(!no_new_privs || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
		if (ok && write(ready[1], "r", 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static const struct limit *limit_of(const struct failure_facts *f, enum limit_id id)
{
	for (size_t i = 0; i < f->n_limits; i++)
		if (f->limits[i].id == id)
			return &f->limits[i];
	return NULL;
}

static void a_refused_clone_has_limits_of_tasks(void **state)
{
	pid_t pid = child_with(true);
	struct failure_facts f;
	(void)state;

	assert_int_equal(failure_facts_read(&f, pid, ASK(VC_CLONE, EAGAIN)), 0);
	const struct limit *l = limit_of(&f, LIMIT_NPROC);
	assert_non_null(l);
	assert_true(l->max_known);
	assert_int_equal(l->max, NPROC);
	assert_int_equal(f.uid, getuid());
	assert_int_equal(f.no_new_privs, 1);
	assert_null(limit_of(&f, LIMIT_AS));
	end(pid);
}

static void a_refused_mapping_has_limits_of_memory(void **state)
{
	pid_t pid = child_with(false);
	struct failure_facts f;
	(void)state;

	assert_int_equal(failure_facts_read(&f, pid, ASK(VC_MMAP, ENOMEM)), 0);
	const struct limit *l = limit_of(&f, LIMIT_AS);
	assert_non_null(l);
	assert_true(l->max_known && l->current_known);
	assert_int_equal(l->max, AS);
	assert_in_range(l->current, 1, AS);
	assert_null(limit_of(&f, LIMIT_NPROC));
	assert_int_equal(f.no_new_privs, 0);
	end(pid);
}

static void an_error_that_no_limit_makes_has_none(void **state)
{
	struct failure_facts f;
	(void)state;

	assert_int_equal(failure_facts_read(&f, getpid(), ASK(VC_CLONE, EINVAL)), 0);
	assert_int_equal(f.n_limits, 0);
}

static void the_caller_is_described(void **state)
{
	struct caller_facts f;
	(void)state;

	assert_int_equal(caller_facts_read(&f, getpid()), 0);
	assert_int_equal(f.threads, FACT_NO);
	assert_int_equal(f.page_bytes, sysconf(_SC_PAGESIZE));
	assert_true(f.kernel > 0);
	assert_int_equal(f.pid_children_elsewhere, FACT_NO);
#ifdef __x86_64__
	assert_true(
		f.user_end == (UINT64_C(1) << 47) - f.page_bytes || f.user_end == (UINT64_C(1) << 56) - f.page_bytes);
#endif
}

static void a_descriptor_is_what_it_is(void **state)
{
	int uts = open("/proc/self/ns/uts", O_RDONLY), file = open("/proc/self/exe", O_RDONLY);
	int path = open("/", O_PATH), pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	struct fd_facts f;
	(void)state;

	fd_facts_read(&f, getpid(), uts);
	assert_int_equal(f.open, FACT_YES);
	assert_int_equal(f.is_namespace, FACT_YES);
	assert_int_equal(f.kind, CLONE_NEWUTS_);
	assert_int_equal(f.own, FACT_YES);
	assert_int_equal(f.pidfd, FACT_NO);
	fd_facts_read(&f, getpid(), file);
	assert_int_equal(f.is_namespace, FACT_NO);
	assert_int_equal(f.pidfd, FACT_NO);
	assert_int_equal(f.flags & O_ACCMODE, O_RDONLY);
	fd_facts_read(&f, getpid(), path);
	assert_true(f.flags & O_PATH);
	fd_facts_read(&f, getpid(), pidfd);
	assert_int_equal(f.pidfd, FACT_YES);
	assert_int_equal(f.is_namespace, FACT_NO);
	assert_int_equal(close(uts) + close(file) + close(path) + close(pidfd), 0);
	fd_facts_read(&f, getpid(), uts);
	assert_int_equal(f.open, FACT_NO);
}

static void a_task_that_is_gone_is_no_such_process(void **state)
{
	struct caller_facts caller;
	struct failure_facts f;
	(void)state;

	assert_int_equal(caller_facts_read(&caller, INT32_MAX), -ESRCH);
	assert_int_equal(failure_facts_read(&f, INT32_MAX, ASK(VC_CLONE, EAGAIN)), -ESRCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_refused_clone_has_limits_of_tasks),
		cmocka_unit_test(a_refused_mapping_has_limits_of_memory),
		cmocka_unit_test(an_error_that_no_limit_makes_has_none),
		cmocka_unit_test(the_caller_is_described),
		cmocka_unit_test(a_descriptor_is_what_it_is),
		cmocka_unit_test(a_task_that_is_gone_is_no_such_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

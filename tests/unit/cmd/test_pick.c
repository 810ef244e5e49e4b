/* SPDX-License-Identifier: MIT */
/* Whom the words of -p mean, in a /proc of the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/pick.h"

static char proc[] = "/tmp/test_pick.XXXXXX";

static const struct {
	const char *pid, *comm, *argv0;
} processes[] = {
	{ "2", "kthreadd", "" },
	{ "20", "nginx", "nginx: master process" },
	{ "3", "nginx", "nginx: worker process" },
	{ "31", "a-name-of-more-", "/usr/bin/a-name-of-more-than-15" },
	{ "32", "a-name-of-more-", "a-name-of-more-than-that" },
	{ "40", "http-thread", "/opt/java/bin/java" },
	{ "50", "tmux: server", "tmux" },
	{ "60", "12x", "./12x" },
	{ "70", "sh", "-sh" },
	{ "self", "nginx", "nginx" },
};

static void write_file(const char *pid, const char *name, const char *text, size_t len)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s/%s", proc, pid, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, text, len) != (ssize_t)len)
		abort();
	close(fd);
}

static int set_up(void **state)
{
	char text[PATH_MAX];
	(void)state;

	if (!mkdtemp(proc))
		return -1;
	for (unsigned i = 0; i < ARRAY_SIZE(processes); i++) {
		snprintf(text, sizeof(text), "%s/%s", proc, processes[i].pid);
		mkdir(text, 0755);
		int n = snprintf(text, sizeof(text), "%s\n", processes[i].comm);
		write_file(processes[i].pid, "comm", text, (size_t)n);
		n = snprintf(text, sizeof(text), "%s", processes[i].argv0);
		write_file(processes[i].pid, "cmdline", text, (size_t)(n ? n + 1 : 0)); /* a kernel thread has none */
	}
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "comm", "cmdline", "" };
	char path[PATH_MAX];
	(void)state;

	for (unsigned i = 0; i < ARRAY_SIZE(processes); i++)
		for (unsigned j = 0; j < ARRAY_SIZE(names); j++) {
			snprintf(path, sizeof(path), "%s/%s/%s", proc, processes[i].pid, names[j]);
			(void)remove(path);
		}
	return rmdir(proc);
}

static void words_mean_processes(void **state)
{
	static const struct {
		const char *value, *pids;
	} rows[] = {
		{ "12", "12" },
		{ "12 13\n14,15\n", "12 13 14 15" },
		{ "12,12", "12" },
		{ "nginx", "3 20" },
		{ "20,nginx", "20 3" },
		{ "java", "40" },
		{ "http-thread", "40" },
		{ "a-name-of-more-than-15", "31" },
		{ "a-name-of-more-", "31 32" },
		{ "tmux: server", "50" },
		{ "tmux", "50" },
		{ "12x", "60" },
		{ "sh 70 java", "70 40" },
		{ "kthreadd", "2" },
	};
	char error[256] = "";
	(void)state;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct picked p = { NULL, 0 };
		char got[256] = "";
		int err = pick_processes(&p, proc, rows[i].value, error);
		if (err)
			fail_msg("'%s': %d, %s", rows[i].value, err, error);
		for (size_t k = 0; k < p.n; k++)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%d", k ? " " : "", (int)p.pid[k]);
		assert_string_equal(got, rows[i].pids);
		pick_release(&p);
	}
}

static void what_means_nobody_is_said(void **state)
{
	static const struct {
		const char *value;
		int err;
		const char *why;
	} rows[] = {
		{ "x", -ESRCH, "x: no process of that name runs" },
		{ "ngin", -ESRCH, "ngin: no process" },
		{ "nginx,nginy", -ESRCH, "nginy: no process" },
		{ "-12", -ESRCH, "-12: no process" },
		{ "0", -EINVAL, "0: it is no number" },
		{ "99999999999999999999", -EINVAL, "it is no number" },
		{ ",", -EINVAL, "nothing is named" },
		{ "", -EINVAL, "nothing is named" },
	};
	(void)state;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct picked p = { NULL, 0 };
		char error[256] = "";
		assert_int_equal(pick_processes(&p, proc, rows[i].value, error), rows[i].err);
		if (!strstr(error, rows[i].why))
			fail_msg("'%s': %s", rows[i].value, error);
		pick_release(&p);
	}
}

/* Its own name would be the most useless of all. */
static void thrtrace_itself_is_not_meant(void **state)
{
	struct picked p = { NULL, 0 };
	char error[256] = "", comm[64] = "";
	(void)state;

	int fd = open("/proc/self/comm", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, comm, sizeof(comm) - 1);
	close(fd);
	assert_true(n > 1);
	comm[n - 1] = '\0';
	if (pick_processes(&p, "/proc", comm, error) == 0)
		for (size_t i = 0; i < p.n; i++)
			assert_int_not_equal(p.pid[i], getpid());
	pick_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_mean_processes),
		cmocka_unit_test(what_means_nobody_is_said),
		cmocka_unit_test(thrtrace_itself_is_not_meant),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

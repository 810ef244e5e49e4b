/* SPDX-License-Identifier: MIT */
/* Files that a hostile program names: nothing but what is its own, and a regular file, is opened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/file_open.h"

static char root[] = "/tmp/test_file_open-XXXXXX";

static void make(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void link_to(const char *name, const char *target)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	assert_int_equal(symlink(target, path), 0);
}

static int make_root(void **state)
{
	char path[128];
	(void)state;

	if (!mkdtemp(root))
		return -1;
	snprintf(path, sizeof(path), "%s/etc", root);
	mkdir(path, 0700);
	make("etc/passwd", "inside");
	make("etc/hostname", "inside");
	make("empty", "");
	link_to("absolute", "/etc/passwd");
	link_to("upwards", "../../../../etc/passwd");
	link_to("chain", "absolute");
	link_to("magic", "/proc/self/root/etc/passwd");
	link_to("proc", "/proc/version");
	link_to("loop", "loop");
	snprintf(path, sizeof(path), "%s/fifo", root);
	return mkfifo(path, 0600);
}

static int remove_root(void **state)
{
	char command[128];
	(void)state;

	snprintf(command, sizeof(command), "rm -r %s", root);
	return system(command);
}

static void what(int fd, const char *want)
{
	char text[16] = "";

	assert_true(fd >= 0);
	assert_int_equal(read(fd, text, sizeof(text) - 1), strlen(want));
	assert_string_equal(text, want);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
}

static void a_link_stays_within_its_root(void **state)
{
	struct stat st, named;
	(void)state;

	what(file_open_beneath(root, "/etc/passwd", &st), "inside");
	what(file_open_beneath(root, "/absolute", NULL), "inside");
	what(file_open_beneath(root, "upwards", NULL), "inside");
	what(file_open_beneath(root, "/../../chain", &named), "inside");
	assert_true(st.st_ino == named.st_ino && st.st_dev == named.st_dev);
	assert_int_equal(file_stat_beneath(root, "/absolute", &named), 0);
	assert_true(st.st_ino == named.st_ino);
	/* What a plain open makes of it is ours. */
	char path[128];
	snprintf(path, sizeof(path), "%s/absolute", root);
	assert_int_equal(stat(path, &named), 0);
	assert_true(st.st_ino != named.st_ino);
}

static void a_link_of_proc_leads_nowhere(void **state)
{
	(void)state;
	assert_true(file_open_beneath(root, "/magic", NULL) < 0);
	assert_true(file_open_beneath(root, "/loop", NULL) < 0);
	assert_true(file_open_beneath("", "/proc/self/exe", NULL) < 0);
	assert_true(file_open_beneath("", "/proc/self/root/etc/passwd", NULL) < 0);
	assert_true(file_open_beneath("/nowhere", "/etc/passwd", NULL) < 0);
}

static void what_is_no_file_is_not_opened(void **state)
{
	static const char *const names[] = { "/dev/null", "/dev/zero", "/proc/version", "/proc/self/maps",
		"/sys/kernel/mm/transparent_hugepage/enabled", "/etc", "/nowhere" };
	char path[128];
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_true(file_open(names[i], NULL) < 0);
	snprintf(path, sizeof(path), "%s/fifo", root);
	assert_int_equal(file_open(path, NULL), -ENOENT); /* and nobody waits for a writer */
	snprintf(path, sizeof(path), "%s/empty", root);
	assert_int_equal(file_open(path, NULL), -ENOENT);
	snprintf(path, sizeof(path), "%s/proc", root);
	assert_int_equal(file_open(path, NULL), -ENOENT);
	/* Of the program itself, by a link of /proc that is ours to follow. */
	int fd = file_open("/proc/self/exe", NULL);
	assert_true(fd >= 0);
	close(fd);
}

static void a_file_that_claims_too_much_is_not_opened(void **state)
{
	char path[128];
	(void)state;

	make("large", "x");
	snprintf(path, sizeof(path), "%s/large", root);
	if (truncate(path, FILE_BYTES_MOST + 1) < 0)
		skip();
	assert_int_equal(file_open(path, NULL), -ENOENT);
	assert_int_equal(truncate(path, FILE_BYTES_MOST), 0);
	int fd = file_open(path, NULL);
	assert_true(fd >= 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_link_stays_within_its_root),
		cmocka_unit_test(a_link_of_proc_leads_nowhere),
		cmocka_unit_test(what_is_no_file_is_not_opened),
		cmocka_unit_test(a_file_that_claims_too_much_is_not_opened),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}

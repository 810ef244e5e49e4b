/* SPDX-License-Identifier: MIT */
/* How a command's file is found, and the child that becomes it. Nothing is traced. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/launch.h"

static char folder[] = "/tmp/test_launch.XXXXXX";

static const char *in(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void make(const char *name, const char *text, mode_t mode)
{
	int fd = open(in(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

/* folder/a has a file `tool` that is none to run, folder/b one that is; b/plain is a folder. */
static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(folder) || mkdir(in("a"), 0755) || mkdir(in("b"), 0755) || mkdir(in("b/plain"), 0755))
		return -1;
	make("a/tool", "#!/bin/sh\n", 0644);
	make("a/text", "#!/bin/sh\n", 0644);
	make("b/tool", "#!/bin/sh\nexit 7\n", 0755);
	make("b/broken", "#!/no/such/interpreter\n", 0755);
	return chdir(in("b"));
}

static int tear_down(void **state)
{
	static const char *const files[] = { "a/tool", "a/text", "b/tool", "b/broken" },
				 *const dirs[] = { "b/plain", "a", "b" };
	(void)state;

	for (unsigned i = 0; i < ARRAY_SIZE(files); i++)
		unlink(in(files[i]));
	for (unsigned i = 0; i < ARRAY_SIZE(dirs); i++)
		rmdir(in(dirs[i]));
	return chdir("/") || rmdir(folder);
}

static void commands_are_found_along_path(void **state)
{
	static const struct {
		const char *search; /* a and b: folders of it */
		const char *command;
		int err;
		const char *found; /* behind the folder; or whole */
	} rows[] = {
		{ "b", "tool", 0, "b/tool" },
		{ "ab", "tool", 0, "b/tool" },  /* the first can't be run: the search goes on */
		{ "a", "tool", -EACCES, NULL }, /* and this is why it found none */
		{ "ab", "text", -EACCES, NULL },
		{ "b", "plain", -EACCES, NULL }, /* a folder */
		{ "ab", "nowhere", -ENOENT, NULL },
		{ "", "tool", 0, "./tool" }, /* an empty part of PATH is the working directory */
		{ "ab", "", -ENOENT, NULL },
		{ "a", "./tool", 0, "./tool" }, /* with a slash PATH says nothing */
		{ "b", "../a/tool", -EACCES, NULL },
		{ "b", "./tool/x", -ENOTDIR, NULL },
	};
	(void)state;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		char search[PATH_MAX] = "", path[PATH_MAX], want[PATH_MAX];
		for (const char *c = rows[i].search; *c; c++)
			snprintf(search + strlen(search), sizeof(search) - strlen(search), "%s%s/%c",
				*search ? ":" : "", folder, *c);
		setenv("PATH", search, 1);
		int err = launch_resolve(rows[i].command, path, sizeof(path));
		if (err != rows[i].err)
			fail_msg("'%s' along '%s': %d, wanted %d", rows[i].command, search, err, rows[i].err);
		if (err)
			continue;
		snprintf(want, sizeof(want), "%s", rows[i].found[0] == '.' ? rows[i].found : in(rows[i].found));
		assert_string_equal(path, want);
	}
}

static void without_path_the_usual_folders_are_looked_in(void **state)
{
	char path[PATH_MAX];
	(void)state;

	unsetenv("PATH");
	assert_int_equal(launch_resolve("sh", path, sizeof(path)), 0);
	assert_string_equal(path, "/bin/sh");
}

static void a_path_that_does_not_fit_is_no_file(void **state)
{
	char path[16];
	(void)state;

	assert_int_equal(launch_resolve("./a-name-that-is-too-long", path, sizeof(path)), -ENAMETOOLONG);
	setenv("PATH", "/a/folder/whose/name/is/too/long:/bin", 1);
	assert_int_equal(launch_resolve("sh", path, sizeof(path)), 0);
	assert_string_equal(path, "/bin/sh");
}

/* Starts it, lets it go, and returns its wait status; *ret_err: what launch_error says. */
static int ends(struct launch *l, int *ret_err)
{
	pid_t tid;
	int go, status, wstatus;

	assert_int_equal(launch_fork(l, &tid, &go, &status), 0);
	assert_int_equal(waitpid(tid, &wstatus, WNOHANG), 0); /* it waits */
	launch_go(go);
	assert_int_equal(waitpid(tid, &wstatus, 0), tid);
	*ret_err = launch_error(status);
	return wstatus;
}

/* The program itself looks at its status: a shell changes its mask. */
static void the_child_becomes_the_program(void **state)
{
	/* SIGUSR1 is bit 9 of a mask, SIGCHLD bit 16. */
	char *argv[] = { "awk",
		"/^SigBlk:.*0200$/ { b = 1 } /^SigIgn:.*[13579bdf]....$/ { i = 1 }"
		" END { exit b * 2 + i * 4 + (ENVIRON[\"MARK\"] == \"here\") * 8 }",
		"/proc/self/status", NULL };
	char *envp[] = { "MARK=here", NULL }, path[PATH_MAX];
	sigset_t none, usr1;
	struct launch l = { .path = path, .argv = argv, .envp = envp, .mask = &usr1 };
	int err;
	(void)state;

	sigemptyset(&none);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	unsetenv("PATH");
	if (launch_resolve("awk", path, sizeof(path)))
		skip();
	int wstatus = ends(&l, &err);
	assert_true(WIFEXITED(wstatus) && err == 0);
	assert_int_equal(WEXITSTATUS(wstatus), 2 + 8);
	l.mask = &none;
	l.ignore_sigchld = true;
	wstatus = ends(&l, &err);
	assert_int_equal(WEXITSTATUS(wstatus), 4 + 8);
}

static void a_failed_execve_says_why(void **state)
{
	char *argv[] = { "x", NULL }, *envp[] = { NULL };
	sigset_t mask;
	struct launch l = { .path = in("b/broken"), .argv = argv, .envp = envp, .mask = &mask };
	int err;
	(void)state;

	sigemptyset(&mask);
	int wstatus = ends(&l, &err);
	assert_true(WIFEXITED(wstatus) && WEXITSTATUS(wstatus) == 127);
	assert_int_equal(err, -ENOENT);
	l.path = in("a/tool");
	ends(&l, &err);
	assert_int_equal(err, -EACCES);
}

static void killed_before_it_was_let_go_it_says_nothing(void **state)
{
	char *argv[] = { "sh", NULL }, *envp[] = { NULL };
	sigset_t mask;
	struct launch l = { .path = "/bin/sh", .argv = argv, .envp = envp, .mask = &mask };
	pid_t tid;
	int go, status, wstatus;
	(void)state;

	sigemptyset(&mask);
	assert_int_equal(launch_fork(&l, &tid, &go, &status), 0);
	kill(tid, SIGKILL);
	assert_int_equal(waitpid(tid, &wstatus, 0), tid);
	close(go);
	assert_true(WIFSIGNALED(wstatus) && WTERMSIG(wstatus) == SIGKILL);
	assert_int_equal(launch_error(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_are_found_along_path),
		cmocka_unit_test(without_path_the_usual_folders_are_looked_in),
		cmocka_unit_test(a_path_that_does_not_fit_is_no_file),
		cmocka_unit_test(the_child_becomes_the_program),
		cmocka_unit_test(a_failed_execve_says_why),
		cmocka_unit_test(killed_before_it_was_let_go_it_says_nothing),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* SPDX-License-Identifier: MIT */
#include "cmd/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "filter/filter.h"

#define SIGSET_BYTES 8 /* of the kernel's; its bits begin the C library's */

static int executable(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || access(path, X_OK) < 0)
		return -EACCES;
	return 0;
}

int launch_resolve(const char *command, char *path, size_t size)
{
	int seen = -ENOENT;

	if (strchr(command, '/')) {
		if ((size_t)snprintf(path, size, "%s", command) >= size)
			return -ENAMETOOLONG;
		return executable(path);
	}
	const char *dirs = getenv("PATH");
	if (!dirs)
		dirs = "/usr/local/bin:/bin:/usr/bin";
	while (*command) {
		size_t len = strcspn(dirs, ":");
		int n = len ? snprintf(path, size, "%.*s/%s", (int)len, dirs, command) :
			      snprintf(path, size, "./%s", command);
		if (n > 0 && (size_t)n < size) {
			int err = executable(path);
			if (!err)
				return 0;
			if (err == -EACCES)
				seen = err;
		}
		if (!dirs[len])
			break;
		dirs += len + 1;
	}
	return seen;
}

/* In the child: nothing here may leave a trace in the program but what execve(2) keeps. */
static void run_program(const struct launch *l, int status)
{
	int err = l->filter ? filter_install(l->filter) : 0;
	if (!err) {
		if (l->ignore_sigchld)
			signal(SIGCHLD, SIG_IGN);
		/* The C library's own would leave out two signals that may have been blocked: 32 and 33. */
		syscall(SYS_rt_sigprocmask, SIG_SETMASK, l->mask, NULL, SIGSET_BYTES);
		execve(l->path, l->argv, l->envp);
		err = -errno;
	}
	(void)!write(status, &err, sizeof(err));
	_exit(127);
}

static void become(const struct launch *l, int go, int status)
{
	char byte;

	while (read(go, &byte, 1) < 0 && errno == EINTR)
		;
	run_program(l, status);
}

typedef void child(const struct launch *l, int go, int status);

/* Forks a process that does this, and what it waits for and reports by. */
static int fork_to(const struct launch *l, child *as, pid_t *ret_pid, int *ret_go, int *ret_status)
{
	int go[2], status[2];

	if (pipe2(go, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(status, O_CLOEXEC) < 0) {
		int err = errno;
		close(go[0]);
		close(go[1]);
		return -err;
	}
	pid_t pid = fork();
	if (pid == 0) {
		close(go[1]);
		as(l, go[0], status[1]);
	}
	int err = pid < 0 ? -errno : 0;
	close(go[0]);
	close(status[1]);
	if (err) {
		close(go[1]);
		close(status[0]);
		return err;
	}
	*ret_pid = pid;
	*ret_go = go[1];
	*ret_status = status[0];
	return 0;
}

int launch_fork(const struct launch *l, pid_t *ret_tid, int *ret_go, int *ret_status)
{
	return fork_to(l, become, ret_tid, ret_go, ret_status);
}

/* Makes the program once it is told to, as a child of thrtrace itself, and stays until thrtrace ends or lets go. */
static void stand_by(const struct launch *l, int go, int status)
{
	char byte;
	ssize_t told;

	while ((told = read(go, &byte, 1)) < 0 && errno == EINTR)
		;
	if (told != 1) /* thrtrace is gone, or could not open its events */
		_exit(0);
	/* Not fork(3): the program is no child of this process. */
	long pid = syscall(SYS_clone, CLONE_PARENT | CLONE_PARENT_SETTID | SIGCHLD, 0, l->made, 0, 0);
	if (pid == 0)
		run_program(l, status);
	int err = pid < 0 ? -errno : 0;
	if (err) {
		(void)!write(status, &err, sizeof(err));
		_exit(127);
	}
	close(status);
	while (read(go, &byte, 1) < 0 && errno == EINTR)
		;
	_exit(0);
}

int launch_behind(const struct launch *l, pid_t *ret_helper, int *ret_go, int *ret_status)
{
	return fork_to(l, stand_by, ret_helper, ret_go, ret_status);
}

void launch_go(int go)
{
	(void)!write(go, "", 1);
	close(go);
}

int launch_error(int status)
{
	int err = 0;

	if (read(status, &err, sizeof(err)) != sizeof(err))
		err = 0;
	close(status);
	return err;
}

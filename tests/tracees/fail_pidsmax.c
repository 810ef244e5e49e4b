/* SPDX-License-Identifier: MIT */
/* fork fails with EAGAIN: pids.max of a cgroup made for this, version 2 or 1. */
#include "failing.h"

#include <fcntl.h>
#include <sys/stat.h>

static bool put(const char *dir, const char *file, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return ok;
}

static bool make_cgroup(char *dir, size_t size)
{
	static const char *const tops[] = { "/sys/fs/cgroup/pids", "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

	for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
		snprintf(dir, size, "%s/thrtrace-test-%d", tops[i], (int)getpid());
		if (mkdir(dir, 0755))
			continue;
		if (put(dir, "pids.max", "4"))
			return true;
		rmdir(dir);
	}
	return false;
}

int main(int argc, char **argv)
{
	char dir[200];
	int status = 0;

	if (!make_cgroup(dir, sizeof(dir)))
		return skipped("no cgroup with a pids controller can be made here");
	pid_t pid = fork();
	if (pid == 0) {
		if (!put(dir, "cgroup.procs", "0"))
			_exit(skipped("the cgroup can't be entered"));
		int ret = fork_until_failure(EAGAIN, argc, argv);
		fflush(stdout);
		_exit(ret);
	}
	if (pid > 0)
		waitpid(pid, &status, 0);
	rmdir(dir);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* SPDX-License-Identifier: MIT */
/*
 * fork fails with EAGAIN: kernel.threads-max. The sysctl is the whole machine's, so it is lowered only when
 * THRTRACE_TEST_THREADS_MAX is set in the environment, to a few more tasks than there are, and put back at once.
 */
#include "failing.h"

#include <fcntl.h>
#include <sys/prctl.h>

static const char SYSCTL[] = "/proc/sys/kernel/threads-max";

static bool write_number(long v)
{
	char text[32];
	int fd = open(SYSCTL, O_WRONLY | O_CLOEXEC);
	int n = snprintf(text, sizeof(text), "%ld", v);

	if (fd < 0)
		return false;
	bool ok = write(fd, text, (size_t)n) == n;
	close(fd);
	return ok;
}

static long read_number(const char *path, char after)
{
	char text[128] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	const char *p = n > 0 && after ? strchr(text, after) : text;
	return n > 0 && p ? strtol(p + (after != 0), NULL, 10) : -1;
}

int main(int argc, char **argv)
{
	long before = read_number(SYSCTL, 0), tasks = read_number("/proc/loadavg", '/');

	if (!getenv("THRTRACE_TEST_THREADS_MAX"))
		return skipped("kernel.threads-max belongs to the whole machine; set THRTRACE_TEST_THREADS_MAX to "
			       "lower it for a moment");
	if (before < 0 || tasks < 0 || !write_number(tasks + 8))
		return skipped("kernel.threads-max can't be written");
	int ret = fork_until_failure(EAGAIN, argc, argv);
	write_number(before);
	return ret;
}

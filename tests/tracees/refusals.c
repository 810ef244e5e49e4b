/* SPDX-License-Identifier: MIT */
/*
 * Calls that the kernel itself refuses, for one cause each: refusals WAY. No seccomp filter is in the program, and no
 * other tracer.
 */
#include <stddef.h>

#include "oddity.h"

#include <linux/seccomp.h>
#include <sys/ptrace.h>

static int ns_file(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int enter(int fd, int kind)
{
	return setns(fd, kind) == 0 ? 0 : errno;
}

static int ns_closed(void)
{
	return enter(-1, 0);
}

static int ns_file_of_disk(void)
{
	return enter(open("/proc/self/exe", O_RDONLY | O_CLOEXEC), 0);
}

static int ns_other_kind(void)
{
	return enter(ns_file("uts"), CLONE_NEWNS);
}

static int ns_own_user(void)
{
	return enter(ns_file("user"), 0);
}

static int ns_unprivileged(void)
{
	int fd = ns_file("uts");

	if (geteuid() == 0 && (setgid(65534) || setuid(65534)))
		skip("root can't give its rights up");
	return enter(fd, 0);
}

static int map_nothing(size_t bytes, int flags)
{
	return mmap(NULL, bytes, PROT_NONE, flags, -1, 0) == MAP_FAILED ? errno : 0;
}

static int mmap_typeless(void)
{
	return map_nothing(4096, MAP_ANONYMOUS);
}

static int mmap_empty(void)
{
	return map_nothing(0, MAP_ANONYMOUS | MAP_PRIVATE);
}

static int mmap_closed(void)
{
	return map_nothing(4096, MAP_PRIVATE | MAP_STACK);
}

static int strict(void)
{
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0 ? 0 : errno;
}

/* A thread as well, for who counts births. */
static void *nothing(void *arg)
{
	return arg;
}

static int attach_self(void)
{
	pthread_join(start(nothing, NULL), NULL);
	int err = ptrace(PTRACE_ATTACH, getpid(), 0, 0) ? errno : 0;
	return err == EPERM && ptrace(PTRACE_SEIZE, getpid(), 0, 0) ? errno : 0;
}

static const struct {
	const char *name;
	int (*way)(void);
	int err;
} ways[] = {
	{ "ns_closed", ns_closed, EBADF },
	{ "ns_file_of_disk", ns_file_of_disk, EINVAL },
	{ "ns_other_kind", ns_other_kind, EINVAL },
	{ "ns_own_user", ns_own_user, EINVAL },
	{ "ns_unprivileged", ns_unprivileged, EPERM },
	{ "mmap_typeless", mmap_typeless, EINVAL },
	{ "mmap_empty", mmap_empty, EINVAL },
	{ "mmap_closed", mmap_closed, EBADF },
	{ "strict", strict, EINVAL },
	{ "attach_self", attach_self, EPERM },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof(ways) / sizeof(*ways); i++)
		if (strcmp(ways[i].name, argv[1]) == 0)
			return ways[i].way() == ways[i].err ? 0 : 1;
	return 2;
}

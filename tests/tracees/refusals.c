/* SPDX-License-Identifier: MIT */
/*
 * Calls that the kernel itself refuses, for one cause each: refusals WAY. No seccomp filter is in the program, and no
 * other tracer.
 */
#include <stddef.h>

#include "oddity.h"

#include <linux/seccomp.h>
#include <sys/ptrace.h>
#include <sys/resource.h>

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

static int create_with(int policy, int priority)
{
	struct sched_param param = { .sched_priority = priority };
	pthread_attr_t attr;
	pthread_t t;

	MUST(pthread_attr_init(&attr) == 0);
	MUST(pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED) == 0);
	MUST(pthread_attr_setschedpolicy(&attr, policy) == 0);
	(void)!pthread_attr_setschedparam(
		&attr, &param); /* refuses 0 in some versions, and the attribute has it then */
	return pthread_create(&t, &attr, nothing, NULL);
}

static int create_priority(void)
{
	return create_with(SCHED_FIFO, 0);
}

static void give_up_rights(void)
{
	struct rlimit none = { 0, 0 };

	MUST(setrlimit(RLIMIT_RTPRIO, &none) == 0 && setrlimit(RLIMIT_NICE, &none) == 0);
	if (geteuid() == 0 && (setgid(65534) || setuid(65534)))
		skip("root can't give its rights up");
}

static int create_rtprio(void)
{
	give_up_rights();
	return create_with(SCHED_FIFO, 50);
}

static int create_affinity(void)
{
	cpu_set_t far;
	pthread_attr_t attr;
	pthread_t t;

	CPU_ZERO(&far);
	CPU_SET(CPU_SETSIZE - 1, &far);
	MUST(pthread_attr_init(&attr) == 0);
	MUST(pthread_attr_setaffinity_np(&attr, sizeof(far), &far) == 0);
	return pthread_create(&t, &attr, nothing, NULL);
}

static int nicer(void)
{
	give_up_rights();
	return setpriority(PRIO_PROCESS, 0, -20) == 0 ? 0 : errno;
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
	{ "create_priority", create_priority, EINVAL },
	{ "create_rtprio", create_rtprio, EPERM },
	{ "create_affinity", create_affinity, EINVAL },
	{ "nicer", nicer, EACCES },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof(ways) / sizeof(*ways); i++)
		if (strcmp(ways[i].name, argv[1]) == 0)
			return ways[i].way() == ways[i].err ? 0 : 1;
	return 2;
}

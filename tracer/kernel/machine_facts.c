/* SPDX-License-Identifier: MIT */
#include "kernel/machine_facts.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <thrtrace/page.h>

#include "kernel/proc_file.h"

enum { CGROUPS = 8192, MOUNTS = 256 * 1024 };

/*
 * The directory of the process's cgroup, and how long the part is above which nothing is mounted. v1: in the hierarchy
 * of that controller; NULL: of version 2.
 */
static bool cgroup_dir(char dir[2 * PROC_PATH + 1], size_t *ret_top, pid_t pid, const char *v1)
{
	char path[64], rel[PROC_PATH], cgroups[CGROUPS], *mounts = malloc(MOUNTS);
	struct cgroup_mount m;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	bool found = mounts && proc_file_read(cgroups, sizeof(cgroups), path) > 0 &&
		proc_file_read(mounts, MOUNTS, "/proc/self/mountinfo") > 0 && proc_cgroup_path(rel, cgroups, v1) &&
		proc_cgroup_mount(&m, mounts, v1);
	free(mounts);
	if (!found)
		return false;
	size_t root = strcmp(m.root, "/") != 0 && strncmp(rel, m.root, strlen(m.root)) == 0 ? strlen(m.root) : 0;
	snprintf(dir, 2 * PROC_PATH + 1, "%s%s", m.at, strcmp(rel + root, "/") == 0 ? "" : rel + root);
	*ret_top = strlen(m.at);
	return true;
}

/* "50000 100000", microseconds; "max 100000": no limit. */
static bool read_quota(const char *dir, uint64_t *ret_quota, uint64_t *ret_period)
{
	char path[2 * PROC_PATH + 32], text[64], *end;

	snprintf(path, sizeof(path), "%s/cpu.max", dir);
	if (proc_file_read(text, sizeof(text), path) <= 0)
		return false;
	unsigned long long quota = strtoull(text, &end, 10), period = strtoull(end, NULL, 10);
	if (end == text || !period)
		return false;
	*ret_quota = quota * 1000;
	*ret_period = period * 1000;
	return true;
}

/* The tightest of all levels; its directory in dir. False: none has a limit. */
static bool tightest(char dir[2 * PROC_PATH + 1], uint64_t *ret_quota, uint64_t *ret_period, pid_t pid)
{
	char level[2 * PROC_PATH + 1];
	uint64_t quota, period;
	double least = 0;
	size_t top;

	if (!cgroup_dir(level, &top, pid, NULL))
		return false;
	while (strlen(level) >= top) {
		bool limited = read_quota(level, &quota, &period);
		double share = limited ? (double)quota / (double)period : 0;
		if (limited && (least <= 0 || share < least)) {
			least = share;
			memcpy(dir, level, sizeof(level));
			*ret_quota = quota;
			*ret_period = period;
		}
		char *slash = strrchr(level, '/');
		if (!slash || strlen(level) == top)
			break;
		*slash = '\0';
	}
	return least > 0;
}

static uint64_t throttled_of(const char *dir)
{
	char path[2 * PROC_PATH + 32], text[1024];
	uint64_t v;

	snprintf(path, sizeof(path), "%s/cpu.stat", dir);
	return proc_file_read(text, sizeof(text), path) > 0 && proc_field_u64(&v, text, "nr_throttled", 10) ?
		v :
		UINT64_MAX;
}

uint64_t machine_throttled(pid_t pid)
{
	char dir[2 * PROC_PATH + 1];
	uint64_t quota, period;

	return tightest(dir, &quota, &period, pid) ? throttled_of(dir) : UINT64_MAX;
}

/* KernelStack of /proc/meminfo over the tasks that there are: a power of two, since few stacks are kept for later. */
static uint64_t kernel_stack(void)
{
	char text[8192];
	uint64_t kib, tasks, bytes = PAGE_BYTES_LEAST;

	if (proc_file_read(text, sizeof(text), "/proc/meminfo") <= 0 ||
		!proc_field_u64(&kib, text, "KernelStack:", 10) ||
		proc_file_read(text, sizeof(text), "/proc/loadavg") <= 0)
		return 0;
	const char *slash = strchr(text, '/');
	tasks = slash ? strtoull(slash + 1, NULL, 10) : 0;
	if (!tasks)
		return 0;
	while (bytes * 3 / 2 < kib * 1024 / tasks)
		bytes *= 2;
	return bytes;
}

/* memory.stat has the sum since Linux 5.18, and its parts before that. */
static uint64_t kernel_of_v2(const char *dir)
{
	static const char *const parts[] = { "kernel_stack ", "pagetables ", "percpu ", "slab " };
	char path[2 * PROC_PATH + 32], text[8192];
	uint64_t v, sum = 0;

	snprintf(path, sizeof(path), "%s/memory.stat", dir);
	if (proc_file_read(text, sizeof(text), path) <= 0)
		return UINT64_MAX;
	if (proc_field_u64(&v, text, "kernel ", 10))
		return v;
	for (unsigned i = 0; i < ARRAY_SIZE(parts); i++)
		if (proc_field_u64(&v, text, parts[i], 10))
			sum += v;
	return sum ? sum : UINT64_MAX;
}

uint64_t machine_own_kernel_memory(void)
{
	char dir[2 * PROC_PATH + 1], path[2 * PROC_PATH + 32];
	uint64_t v = UINT64_MAX;
	size_t top;

	if (cgroup_dir(dir, &top, getpid(), NULL))
		v = kernel_of_v2(dir);
	if (v != UINT64_MAX || !cgroup_dir(dir, &top, getpid(), "memory"))
		return v;
	snprintf(path, sizeof(path), "%s/memory.kmem.usage_in_bytes", dir);
	return proc_file_u64(&v, path) ? UINT64_MAX : v;
}

void machine_facts(struct census_machine *ret, pid_t pid)
{
	char dir[2 * PROC_PATH + 1];
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	*ret = (struct census_machine){ .cpus = cpus > 0 ? (unsigned)cpus : 1,
		.throttled = { UINT64_MAX, UINT64_MAX } };
	if (tightest(dir, &ret->quota_ns, &ret->period_ns, pid))
		ret->throttled[0] = throttled_of(dir);
	if (proc_file_u64(&ret->base_slice_ns, "/sys/kernel/debug/sched/base_slice_ns") < 0)
		ret->base_slice_ns = 0;
	ret->kernel_stack = kernel_stack();
}

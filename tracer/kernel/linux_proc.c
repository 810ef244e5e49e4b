/* SPDX-License-Identifier: MIT */
/* Facts about a task, stopped or not, and about this machine. */
#include "kernel/linux_door.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <thrtrace/abi.h>
#include <thrtrace/proc_text.h>

#include "kernel/built_with.h"
#include "kernel/kernel_arch.h"
#include "kernel/proc_file.h"
#include "kernel/limit_facts.h"
#include "kernel/program.h"

uint64_t linux_now_ns(void *ctx)
{
	struct timespec ts;
	(void)ctx;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
}

uint64_t linux_boot_ns(void *ctx)
{
	struct timespec ts;
	(void)ctx;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
}

int linux_open_proc(pid_t tid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", tid, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

ssize_t linux_read_proc(void *ctx, pid_t tid, const char *name, char *buf, size_t n)
{
	size_t done = 0;
	(void)ctx;

	int fd = linux_open_proc(tid, name);
	if (fd < 0)
		return fd;
	while (done < n) {
		ssize_t got = read(fd, buf + done, n - done);
		if (got < 0 && done == 0) {
			int err = errno;
			close(fd);
			return -err;
		}
		if (got <= 0)
			break;
		done += (size_t)got;
	}
	close(fd);
	return (ssize_t)done;
}

int linux_kcmp(void *ctx, pid_t a, pid_t b, int what)
{
	long r = syscall(SYS_kcmp, a, b, what, 0, 0);
	(void)ctx;

	return r < 0 ? -errno : r != 0;
}

int linux_kill(void *ctx, pid_t tgid, int sig)
{
	(void)ctx;
	return kill(tgid, sig) < 0 ? -errno : 0;
}

/* Signal 0 is not sent; the kernel only looks whether the task is in the group (kill(2), tgkill(2)). */
int linux_in_group(void *ctx, pid_t tgid, pid_t tid)
{
	(void)ctx;
	if (syscall(SYS_tgkill, tgid, tid, 0) == 0)
		return 1;
	return errno == ESRCH ? 0 : -errno;
}

int linux_ns(void *ctx, pid_t tid, const char *name, uint64_t *ret)
{
	char path[64];
	struct stat st;
	(void)ctx;

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", tid, name);
	if (stat(path, &st) < 0)
		return -errno;
	*ret = st.st_ino;
	return 0;
}

/* The list of a task of the machine's 32-bit kind, if it is one. */
static int compat_robust_list(void *ctx, pid_t tid, taddr *ret_head)
{
	const struct abi *compat = kernel_arch.compat_robust_list ? abi_by_audit(kernel_arch.compat) : NULL;
	uint64_t raw[64];

	if (!compat || linux_regset(ctx, tid, NT_PRSTATUS, raw, sizeof(raw)) != (ssize_t)compat->regset_len)
		return 0;
	return kernel_arch.compat_robust_list(tid, ret_head);
}

int linux_robust_list(void *ctx, pid_t tid, taddr *ret_head)
{
	void *head = NULL;
	size_t len = 0;

	if (syscall(SYS_get_robust_list, tid, &head, &len) < 0)
		return -errno;
	*ret_head = (uintptr_t)head;
	return head ? 0 : compat_robust_list(ctx, tid, ret_head);
}

/* A file of /proc/TID that the kernel makes in one piece. */
static ssize_t read_small(pid_t tid, const char *name, char *buf, size_t size)
{
	int fd = linux_open_proc(tid, name);

	if (fd < 0)
		return fd;
	ssize_t n = proc_read_once(fd, buf, size);
	close(fd);
	return n;
}

/*
 * Both files tell of the one task, not of its group, although /proc/TID is the group's directory in other respects
 * (fs/proc/base.c: proc_pid_schedstat; fs/proc/array.c: task_context_switch_counts). /proc/TGID/task/TID would say
 * the same and cost twice as many directory entries.
 */
int linux_usage(void *ctx, pid_t tid, uint64_t split_from, struct task_usage *ret)
{
	char text[PROC_TEXT], *end;
	struct task_usage u = { 0 };
	(void)ctx;

	ssize_t n = read_small(tid, "schedstat", text, sizeof(text));
	if (n < 0)
		return (int)n;
	u.cpu_ns = strtoull(text, &end, 10);
	u.wait_ns = strtoull(end, &end, 10);
	u.turns = strtoull(end, NULL, 10);
	if (end == text)
		return -EOPNOTSUPP;
	if (u.turns >= split_from && read_small(tid, "status", text, sizeof(text)) > 0)
		u.split = proc_field_u64(&u.voluntary, text, "voluntary_ctxt_switches:", 10) &&
			proc_field_u64(&u.involuntary, text, "nonvoluntary_ctxt_switches:", 10);
	*ret = u;
	return 0;
}

int linux_list_tasks(void *ctx, pid_t tgid, pid_t *ret, size_t n)
{
	char path[64];
	size_t found = 0;
	struct dirent *e;
	(void)ctx;

	snprintf(path, sizeof(path), "/proc/%d/task", tgid);
	DIR *dir = opendir(path);
	if (!dir)
		return -errno;
	while (found < n && (e = readdir(dir)))
		if (e->d_name[0] != '.')
			ret[found++] = (pid_t)strtol(e->d_name, NULL, 10);
	closedir(dir);
	return (int)found;
}

void linux_identify(void *ctx, pid_t tid, struct program_facts *ret)
{
	(void)ctx;
	program_identify(tid, ret);
}

int linux_failure(void *ctx, pid_t tid, const struct failure_ask *ask, struct failure_facts *ret)
{
	(void)ctx;
	return failure_facts_read(ret, tid, ask);
}

int linux_origin(void *ctx, struct origin *ret)
{
	struct utsname u;
	struct timespec ts;
	(void)ctx;

	if (uname(&u) < 0)
		return -errno;
	clock_gettime(CLOCK_REALTIME, &ts);
	*ret = (struct origin){ .version = THRTRACE_VERSION,
		.page_bytes = kernel_arch_page(),
		.wall_ns = (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec };
	/* "6.18.44-distribution" -> "6.18" */
	char *dot = strchr(u.release, '.');
	int len = dot ? (int)(dot - u.release) + 1 + (int)strspn(dot + 1, "0123456789") : (int)strlen(u.release);
	snprintf(ret->kernel, sizeof(ret->kernel), "%.*s", len, u.release);
	snprintf(ret->machine, sizeof(ret->machine), "%s", u.machine);
	snprintf(ret->features, sizeof(ret->features), "%s", built_with());
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* What the rules ask about the calling task itself. */
#include "kernel/limit_facts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <thrtrace/abi.h>

#include "kernel/kernel_arch.h"
#include "kernel/proc_file.h"

/* include/linux/proc_ns.h: the inodes of the initial namespaces */
#define INIT_USER_NS UINT64_C(0xEFFFFFFD)
#define INIT_PID_NS  UINT64_C(0xEFFFFFFC)

struct status {
	char text[PROC_TEXT];
	uint64_t caps; /* effective */
	bool caps_known;
	uint64_t user_ns;
	bool user_ns_known;
};

static bool has_cap(const struct status *s, unsigned cap)
{
	return s->caps >> cap & 1;
}

static void read_machine(struct caller_facts *f)
{
	struct utsname u;

	if (uname(&u) == 0)
		f->kernel = kernel_version_of(u.release, u.version);
	f->page_bytes = kernel_arch_page();
	f->audit_arch = abi_native() ? abi_native()->audit_arch : 0;
	char info[8192];
	if (kernel_arch.user_end && proc_file_read(info, sizeof(info), "/proc/cpuinfo") > 0)
		f->user_end = kernel_arch.user_end(info, f->page_bytes);
}

static const struct {
	const char *name;
	const char *sysctl;
	uint64_t flag;
} kinds[] = {
	{ "user", "max_user_namespaces", CLONE_NEWUSER_ },
	{ "mnt", "max_mnt_namespaces", CLONE_NEWNS_ },
	{ "pid", "max_pid_namespaces", CLONE_NEWPID_ },
	{ "net", "max_net_namespaces", CLONE_NEWNET_ },
	{ "ipc", "max_ipc_namespaces", CLONE_NEWIPC_ },
	{ "uts", "max_uts_namespaces", CLONE_NEWUTS_ },
	{ "cgroup", "max_cgroup_namespaces", CLONE_NEWCGROUP_ },
	{ "time", "max_time_namespaces", CLONE_NEWTIME_ },
};

/* The sysctls are those of this process's user namespace; a limit of 0 there holds in those below it too. */
static void read_namespaces(struct caller_facts *f)
{
	char path[96];
	uint64_t v;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		snprintf(path, sizeof(path), "/proc/self/ns/%s", kinds[i].name);
		struct stat st;
		if (lstat(path, &st) < 0 && errno == ENOENT)
			f->ns_missing |= kinds[i].flag;
		snprintf(path, sizeof(path), "/proc/sys/user/%s", kinds[i].sysctl);
		if (proc_file_u64(&v, path) == 0 && v == 0)
			f->ns_forbidden |= kinds[i].flag;
	}
	f->userns_forbidden = FACT_NO;
	if (proc_file_u64(&v, "/proc/sys/kernel/unprivileged_userns_clone") == 0 && v == 0)
		f->userns_forbidden = FACT_YES;
}

static enum fact differs(pid_t tid, const char *own, const char *children)
{
	uint64_t a, b;

	if (proc_ns_inode(&a, tid, own) < 0)
		return FACT_UNKNOWN;
	int err = proc_ns_inode(&b, tid, children);
	/* A pid namespace that has no init yet can't be looked at (kernel/pid_namespace.c, pidns_for_children_get). */
	if (err == -ENOENT && strcmp(own, "pid") == 0)
		return FACT_YES;
	return err ? FACT_UNKNOWN : fact_of(a != b);
}

/* Whether the user namespace that owns the pid namespace for the task's children is the task's own. */
static enum fact owns_pid_ns(pid_t tid, const struct status *s)
{
	char path[64];
	struct stat st;
	enum fact ret = FACT_UNKNOWN;

	snprintf(path, sizeof(path), "/proc/%d/ns/pid_for_children", tid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return FACT_UNKNOWN;
	int owner = ioctl(fd, NS_GET_USERNS);
	if (owner >= 0 && fstat(owner, &st) == 0)
		ret = s->user_ns_known ? fact_of(st.st_ino == s->user_ns) : FACT_UNKNOWN;
	else if (owner < 0 && errno == EPERM) /* it lies above this process's, and so above the task's */
		ret = FACT_NO;
	if (owner >= 0)
		close(owner);
	close(fd);
	return ret;
}

static void read_capabilities(struct caller_facts *f, pid_t tid, const struct status *s)
{
	if (!s->caps_known)
		return;
	bool admin = has_cap(s, CAP_SYS_ADMIN);
	/* CAP_CHECKPOINT_RESTORE, 40, came with Linux 5.9. */
	bool restore = admin || (f->kernel >= LINUX(5, 9, 0) && has_cap(s, 40));
	f->sys_admin = fact_of(admin);
	enum fact owner = owns_pid_ns(tid, s);
	f->restore = owner == FACT_YES ? fact_of(restore) : FACT_UNKNOWN;
	if (owner == FACT_NO && s->user_ns_known && s->user_ns != INIT_USER_NS)
		f->restore = FACT_NO;
}

/*
 * What is asked of the initial user namespace. kernel/fork.c: INIT_USER, or CAP_SYS_RESOURCE or CAP_SYS_ADMIN over it.
 */
static void read_exemption(struct caller_facts *f, const struct status *s)
{
	uint64_t uid, own;

	if (!s->user_ns_known || !s->caps_known || !proc_field_u64(&uid, s->text, "Uid:", 10))
		return;
	f->sys_nice = fact_of(s->user_ns == INIT_USER_NS && has_cap(s, CAP_SYS_NICE));
	bool powerful = has_cap(s, CAP_SYS_ADMIN) || has_cap(s, CAP_SYS_RESOURCE);
	if (s->user_ns == INIT_USER_NS)
		f->nproc_exempt = fact_of(uid == 0 || powerful);
	else if (proc_ns_inode(&own, proc_self(), "user") == 0 && own == INIT_USER_NS)
		f->nproc_exempt = fact_of(uid == 0);
	else if (uid != 0)
		f->nproc_exempt = FACT_NO;
}

static void read_chroot(struct caller_facts *f, pid_t tid)
{
	char path[64], link[8];
	struct statx stx;

	snprintf(path, sizeof(path), "/proc/%d/root", tid);
	if (statx(AT_FDCWD, path, 0, STATX_INO, &stx) < 0 || !(stx.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT))
		return;
	if (!(stx.stx_attributes & STATX_ATTR_MOUNT_ROOT)) {
		f->chrooted = FACT_YES;
		return;
	}
	/* The root of a mount: nearly always that of the namespace. A chroot to another mount can't be told from here.
	 */
	ssize_t n = readlink(path, link, sizeof(link));
	f->chrooted = n == 1 && link[0] == '/' ? FACT_NO : FACT_UNKNOWN;
}

/* struct sched_attr of sched_setattr(2), as far as it is needed */
struct sched_attr_head {
	uint32_t size, policy;
	uint64_t flags;
	uint32_t rest[8];
};

static void read_scheduling(struct caller_facts *f, pid_t tid)
{
	struct sched_attr_head a = { 0 };

	if (syscall(SYS_sched_getattr, tid, &a, sizeof(a), 0) == 0)
		f->deadline = fact_of(
			a.policy == 6 /* SCHED_DEADLINE */ && !(a.flags & 1 /* SCHED_FLAG_RESET_ON_FORK */));
}

/* How deep the pid namespace lies, by climbing: known when the climb ends at the initial one. */
static int pid_ns_level(pid_t tid)
{
	char path[64];
	struct stat st;
	int level = -1;

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", tid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	for (int depth = 0; fd >= 0 && depth <= CLONE_SET_TID_MAX; depth++) {
		if (fstat(fd, &st) == 0 && st.st_ino == INIT_PID_NS) {
			level = depth;
			break;
		}
		int up = ioctl(fd, NS_GET_PARENT);
		close(fd);
		fd = up;
	}
	if (fd >= 0)
		close(fd);
	return level;
}

static void read_pid_ns(struct caller_facts *f, pid_t tid, const struct status *s)
{
	uint64_t own, its, max, id;

	f->pid_ns_level = pid_ns_level(tid);
	if (proc_innermost_id(&id, s->text))
		f->pid_ns_init = fact_of(id == 1);
	f->pid_children_elsewhere = differs(tid, "pid", "pid_for_children");
	f->time_children_elsewhere = differs(tid, "time", "time_for_children");
	if (f->ns_missing & CLONE_NEWTIME_)
		f->time_children_elsewhere = FACT_NO;
	if (f->pid_children_elsewhere == FACT_NO)
		f->pid_ns_dying = FACT_NO; /* when an init goes, all in its namespace are killed: this task is not */
	bool same = proc_ns_inode(&own, proc_self(), "pid") == 0 && proc_ns_inode(&its, tid, "pid") == 0 && own == its;
	/* Per namespace from 6.14 on (kernel/pid_namespace.c); before, one for all. */
	if ((same || (f->kernel && f->kernel < LINUX(6, 14, 0))) && f->pid_children_elsewhere == FACT_NO &&
		proc_file_u64(&max, "/proc/sys/kernel/pid_max") == 0)
		f->pid_max = (int)max;
}

int caller_facts_read(struct caller_facts *ret, pid_t tid)
{
	struct caller_facts f = { .pid_ns_level = -1 };
	struct status s = { .text = "" };
	char path[64];
	uint64_t v;

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	ssize_t n = proc_file_read(s.text, sizeof(s.text), path);
	if (n == -ENOENT || n == -ESRCH)
		return -ESRCH;
	s.caps_known = proc_field_u64(&s.caps, s.text, "CapEff:", 16);
	s.user_ns_known = proc_ns_inode(&s.user_ns, tid, "user") == 0;
	read_machine(&f);
	read_namespaces(&f);
	read_capabilities(&f, tid, &s);
	read_exemption(&f, &s);
	read_chroot(&f, tid);
	read_scheduling(&f, tid);
	read_pid_ns(&f, tid, &s);
	if (proc_field_u64(&v, s.text, "Threads:", 10))
		f.threads = fact_of(v > 1);
	if (proc_field_u64(&v, s.text, "Seccomp:", 10))
		f.seccomp_filter = fact_of(v == 2);
	if (s.user_ns_known && s.user_ns == INIT_USER_NS)
		f.ids_unmapped = FACT_NO;
	*ret = f;
	return 0;
}

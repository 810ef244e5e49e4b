/* SPDX-License-Identifier: MIT */
/* What a descriptor of another task is. */
#include "kernel/limit_facts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "kernel/proc_file.h"

static const struct {
	const char *name;
	uint64_t kind;
} kinds[] = {
	{ "user", CLONE_NEWUSER_ },
	{ "mnt", CLONE_NEWNS_ },
	{ "pid", CLONE_NEWPID_ },
	{ "net", CLONE_NEWNET_ },
	{ "ipc", CLONE_NEWIPC_ },
	{ "uts", CLONE_NEWUTS_ },
	{ "cgroup", CLONE_NEWCGROUP_ },
	{ "time", CLONE_NEWTIME_ },
};

/* All namespaces are files of one device. A file of another file system is not asked, which may hang. */
static bool is_namespace(const char *path)
{
	struct statx stx;
	struct stat ns;

	return stat("/proc/self/ns/user", &ns) == 0 &&
		statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_INO, &stx) == 0 &&
		stx.stx_dev_major == major(ns.st_dev) && stx.stx_dev_minor == minor(ns.st_dev);
}

static void read_namespace(struct fd_facts *f, pid_t tid, const char *path)
{
	struct stat st;
	uint64_t own;

	f->is_namespace = fact_of(is_namespace(path));
	int fd = f->is_namespace == FACT_YES ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
	int kind = fd >= 0 ? ioctl(fd, NS_GET_NSTYPE) : -1;
	if (kind > 0)
		f->kind = (uint32_t)kind;
	for (size_t i = 0; kind > 0 && i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].kind == f->kind && fstat(fd, &st) == 0 && proc_ns_inode(&own, tid, kinds[i].name) == 0)
			f->own = fact_of(own == st.st_ino);
	if (fd >= 0)
		close(fd);
}

void fd_facts_read(struct fd_facts *ret, pid_t tid, int fd)
{
	char path[64], text[4096];
	struct fd_facts f = { .open = FACT_UNKNOWN };
	uint64_t v;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", tid, fd);
	ssize_t n = proc_file_read(text, sizeof(text), path);
	f.open = n > 0 ? FACT_YES : n == -ENOENT ? FACT_NO : FACT_UNKNOWN;
	if (n > 0) {
		f.flags = proc_field_u64(&v, text, "flags:", 8) ? (uint32_t)v : 0;
		f.pidfd = fact_of(proc_field(text, "NSpid:") != NULL);
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", tid, fd);
		read_namespace(&f, tid, path);
	}
	*ret = f;
}

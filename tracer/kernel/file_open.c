/* SPDX-License-Identifier: MIT */
#include "kernel/file_open.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

/* A rename beside it makes openat2 give up; so often it is tried again. */
#define TRIES 8

/* Their files are made when they are read, and to open one may do something. */
static bool is_pseudo(int fd)
{
	static const uint32_t types[] = { PROC_SUPER_MAGIC, SYSFS_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC,
		CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, BPF_FS_MAGIC, SECURITYFS_MAGIC, PSTOREFS_MAGIC, EFIVARFS_MAGIC,
		BINFMTFS_MAGIC, SELINUX_MAGIC, SMACK_MAGIC, NSFS_MAGIC, DEVPTS_SUPER_MAGIC, PIPEFS_MAGIC, SOCKFS_MAGIC,
		AUTOFS_SUPER_MAGIC };
	struct statfs fs;

	if (fstatfs(fd, &fs) != 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if ((uint32_t)fs.f_type == types[i])
			return true;
	return false;
}

/* What handle (O_PATH) stands for, to read; it is closed. again: the name, where /proc is not there. */
static int open_handle(int handle, struct stat *ret)
{
	char self[32];
	struct stat st;

	bool good = fstat(handle, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 && st.st_size <= FILE_BYTES_MOST &&
		!is_pseudo(handle);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", handle);
	int fd = good ? open(self, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
	int err = good ? errno : ENOENT;
	close(handle);
	if (ret)
		*ret = st;
	return fd >= 0 ? fd : -err;
}

static int handle_of(const char *path)
{
	int handle = open(path, O_PATH | O_CLOEXEC);

	return handle < 0 ? -errno : handle;
}

/* plain: the last part of the name is not followed if it is a link. */
static int handle_beneath(const char *root, const char *path, bool plain)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC | (plain ? O_NOFOLLOW : 0),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	int dir = open(*root ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC), handle = -1;

	if (dir < 0)
		return -errno;
	errno = EAGAIN;
	for (unsigned i = 0; i < TRIES && handle < 0 && errno == EAGAIN; i++)
		handle = (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
	int err = errno;
	close(dir);
	return handle < 0 ? -err : handle;
}

int file_open(const char *path, struct stat *ret)
{
	int handle = handle_of(path);

	return handle < 0 ? handle : open_handle(handle, ret);
}

int file_open_beneath(const char *root, const char *path, struct stat *ret)
{
	int handle = handle_beneath(root, path, false);

	return handle < 0 ? handle : open_handle(handle, ret);
}

int file_open_plain(const char *root, const char *path, struct stat *ret)
{
	int handle = handle_beneath(root, path, true);

	return handle < 0 ? handle : open_handle(handle, ret);
}

static int stat_handle(int handle, struct stat *ret)
{
	if (handle < 0)
		return handle;
	int err = fstat(handle, ret) < 0 ? -errno : 0;
	close(handle);
	return err;
}

int file_stat_beneath(const char *root, const char *path, struct stat *ret)
{
	return stat_handle(handle_beneath(root, path, false), ret);
}

int file_stat_plain(const char *root, const char *path, struct stat *ret)
{
	return stat_handle(handle_beneath(root, path, true), ret);
}

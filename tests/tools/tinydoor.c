/* SPDX-License-Identifier: MIT */
#include "tinydoor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <unistd.h>

static ssize_t read_mem(void *ctx, pid_t tid, taddr at, void *buf, size_t n)
{
	/* Page by page, so that a hole cuts the read short instead of failing it. */
	struct iovec local = { buf, n }, remote[64];
	unsigned long pieces = 0;
	(void)ctx;

	for (size_t done = 0; done < n && pieces < 64; pieces++) {
		size_t part = 4096 - (at + done) % 4096;
		if (pieces == 63 || part > n - done)
			part = n - done;
		remote[pieces] = (struct iovec){ (void *)(uintptr_t)(at + done), part };
		done += part;
	}
	ssize_t got = process_vm_readv(tid, &local, 1, remote, pieces, 0);
	return got >= 0 ? got : -errno;
}

static ssize_t read_proc(void *ctx, pid_t tid, const char *name, char *buf, size_t n)
{
	char path[64];
	size_t done = 0;
	ssize_t got;
	(void)ctx;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", tid, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (done < n && (got = read(fd, buf + done, n - done)) > 0)
		done += (size_t)got;
	close(fd);
	return (ssize_t)done;
}

static bool parse(const char *line, struct vma *v)
{
	unsigned long low, high, offset, inode;
	unsigned major, minor;
	char prot[5];
	int name = 0;

	if (sscanf(line, "%lx-%lx %4s %lx %x:%x %lu %n", &low, &high, prot, &offset, &major, &minor, &inode, &name) < 7)
		return false;
	*v = (struct vma){ .low = low, .high = high, .offset = offset, .inode = inode, .dev_major = major,
		.dev_minor = minor };
	v->prot = (prot[0] == 'r' ? VMA_READ : 0U) | (prot[1] == 'w' ? VMA_WRITE : 0U) |
		(prot[2] == 'x' ? VMA_EXEC : 0U) | (prot[3] == 's' ? VMA_SHARED : 0U);
	(void)snprintf(v->name, sizeof(v->name), "%s", line + name);
	v->name[strcspn(v->name, "\n")] = '\0';
	return true;
}

static int vma(void *ctx, pid_t tid, taddr addr, bool next, struct vma *ret)
{
	char path[64], *line = NULL;
	size_t room = 0;
	int err = -ENOENT;
	struct vma v;
	(void)ctx;

	(void)snprintf(path, sizeof(path), "/proc/%d/maps", tid);
	FILE *f = fopen(path, "re");
	if (!f)
		return -errno;
	while (err && getline(&line, &room, f) > 0) {
		if (parse(line, &v) && addr < v.high && (next || addr >= v.low)) {
			*ret = v;
			err = 0;
		}
	}
	free(line);
	(void)fclose(f);
	return err;
}

static ssize_t regset(void *ctx, pid_t tid, int type, void *buf, size_t n)
{
	struct iovec iov = { buf, n };
	(void)ctx;

	return ptrace(PTRACE_GETREGSET, tid, (void *)(uintptr_t)type, &iov) == 0 ? (ssize_t)iov.iov_len : -errno;
}

struct kernel tinydoor(void)
{
	return (struct kernel){ .regset = regset, .read_mem = read_mem, .read_proc = read_proc, .vma = vma };
}

/* SPDX-License-Identifier: MIT */
#include "tinydoor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <time.h>
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

/* PROCMAP_QUERY (6.11, linux/fs.h), which this tool's headers need not know. */
struct procmap_query {
	uint64_t size, flags, addr, low, high, prot, page_size, offset, inode;
	uint32_t dev_major, dev_minor, name_size, build_id_size;
	uint64_t name, build_id;
};

static int vma(void *ctx, pid_t tid, taddr addr, bool next, struct vma *ret)
{
	static __thread pid_t opened;
	static __thread int fd = -1;
	struct procmap_query q = { .size = sizeof(q),
		.flags = next ? 0x10 : 0,
		.addr = addr,
		.name_size = VMA_NAME,
		.name = (uintptr_t)ret->name };
	char path[64];
	(void)ctx;

	for (int tries = 0; tries < 2; tries++) {
		if (opened != tid || tries) {
			if (fd >= 0)
				close(fd);
			(void)snprintf(path, sizeof(path), "/proc/%d/maps", tid);
			fd = open(path, O_RDONLY | O_CLOEXEC);
			opened = tid;
		}
		ret->name[0] = '\0';
		if (ioctl(fd, _IOWR('f', 17, struct procmap_query), &q) != 0) {
			if (errno == ESRCH || errno == EBADF)
				continue;
			return -errno;
		}
		ret->low = q.low;
		ret->high = q.high;
		ret->prot = (uint32_t)q.prot;
		ret->offset = q.offset;
		ret->inode = q.inode;
		ret->dev_major = q.dev_major;
		ret->dev_minor = q.dev_minor;
		return 0;
	}
	return -ESRCH;
}

static ssize_t regset(void *ctx, pid_t tid, int type, void *buf, size_t n)
{
	struct iovec iov = { buf, n };
	(void)ctx;

	return ptrace(PTRACE_GETREGSET, tid, (void *)(uintptr_t)type, &iov) == 0 ? (ssize_t)iov.iov_len : -errno;
}

static uint64_t now_ns(void *ctx)
{
	struct timespec ts;
	(void)ctx;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
}

struct kernel tinydoor(void)
{
	return (struct kernel){
		.regset = regset, .read_mem = read_mem, .read_proc = read_proc, .now_ns = now_ns, .vma = vma
	};
}

/* SPDX-License-Identifier: MIT */
/* The memory of a tracee: its bytes. */
#include "kernel/linux_door.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#define READ_PAGES 32

/* One remote piece a page of the range: how many pieces; *ret_n: the bytes that they are. */
static unsigned by_pages(uint64_t page, struct mem_range from, struct iovec *piece, unsigned room, size_t *ret_n)
{
	unsigned pieces = 0;
	size_t done = 0;

	for (; pieces < room && done < from.n; pieces++) {
		taddr at = from.at + done;
		size_t len = (size_t)(page_down(at, page) + page - at);
		if (len > from.n - done)
			len = from.n - done;
		piece[pieces] = (struct iovec){ (void *)(uintptr_t)at, len }; /* NOLINT: an address of the tracee */
		done += len;
	}
	*ret_n = done;
	return pieces;
}

static bool are_there(struct linux_door *d, pid_t tid, struct mem_range range, bool frames)
{
	const struct frames *f = &d->frames;
	bool there;

	if (frames && f->tid == tid && f->range.at == range.at && f->range.n == range.n)
		return true;
	if (linux_same_pages(d, tid, range, &there) < range.n || !there)
		return false;
	if (frames)
		d->frames = (struct frames){ tid, range };
	return true;
}

void linux_expect_mem(void *ctx, const pid_t tid[2], const struct mem_range *range, unsigned n)
{
	struct linux_door *d = ctx;
	struct kept_mem *m = &d->mem;
	struct iovec remote[READ_PAGES];
	unsigned pieces = 0;
	size_t total = 0, done;
	unsigned kept = 0;
	bool creates = tid[0] != tid[1];

	m->n = 0;
	for (; kept < n && kept < KEPT_RANGES && total + range[kept].n <= KEPT_BYTES; kept++) {
		if (!are_there(d, tid[0], range[kept], creates && kept == 0))
			return; /* untouched pages: who asks will see */
		pieces += by_pages(d->k.page_bytes, range[kept], remote + pieces, READ_PAGES - pieces, &done);
		m->range[kept] = range[kept];
		total += range[kept].n;
	}
	if (!kept)
		return;
	m->n = kept;
	ssize_t got = process_vm_readv(tid[0], &(struct iovec){ m->bytes, total }, 1, remote, pieces, 0);
	if (got != (ssize_t)total) /* a hole: who asks will see */
		m->n = 0;
	m->tid[0] = tid[0];
	m->tid[1] = tid[1];
}

static bool kept(const struct kept_mem *m, pid_t tid, taddr at, void *buf, size_t n)
{
	size_t from = 0;

	if (m->tid[0] != tid && m->tid[1] != tid)
		return false;
	for (unsigned i = 0; i < m->n; from += m->range[i++].n) {
		const struct mem_range *r = &m->range[i];
		if (at < r->at || n > r->n || at - r->at > r->n - n)
			continue;
		memcpy(buf, m->bytes + from + (at - r->at), n);
		return true;
	}
	return false;
}

/* Bytes of pages that are there. */
static ssize_t read_there(const struct linux_door *d, pid_t tid, taddr at, void *buf, size_t n)
{
	size_t done = 0;

	/* One remote piece a page: process_vm_readv(2) never splits a piece, so a hole costs no more than its page. */
	while (done < n) {
		struct iovec local = { (char *)buf + done, 0 }, remote[READ_PAGES];
		unsigned pieces = by_pages(
			d->k.page_bytes, (struct mem_range){ at + done, n - done }, remote, READ_PAGES, &local.iov_len);
		ssize_t got = process_vm_readv(tid, &local, 1, remote, pieces, 0);
		if (got <= 0)
			return done ? (ssize_t)done : (got < 0 ? -errno : -EFAULT);
		done += (size_t)got;
		if ((size_t)got < local.iov_len)
			break;
	}
	return (ssize_t)done;
}

ssize_t linux_read_ranges(void *ctx, pid_t tid, const struct mem_range *range, unsigned n, void *buf)
{
	struct iovec remote[RANGES_AT_ONCE];
	size_t total = 0;

	(void)ctx;
	for (unsigned i = 0; i < n && i < RANGES_AT_ONCE; i++) {
		remote[i] = (struct iovec){ (void *)(uintptr_t)range[i].at, range[i].n }; /* NOLINT: the tracee's */
		total += range[i].n;
	}
	ssize_t got = process_vm_readv(
		tid, &(struct iovec){ buf, total }, 1, remote, n < RANGES_AT_ONCE ? n : RANGES_AT_ONCE, 0);
	return got < 0 ? -errno : got;
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* A page of it that nobody has touched holds zeros, and nothing else has it: no file, no other process, no device. */
static bool begins_as_zeros(const struct vma *v)
{
	if (v->prot & VMA_SHARED)
		return false;
	if (v->inode)
		return begins(v->name, "/anon_hugepage");
	return v->name[0] != '[' || begins(v->name, "[heap]") || begins(v->name, "[stack") || begins(v->name, "[anon:");
}

/*
 * Bytes of pages that are not there. process_vm_readv(2) would make the kernel put them there: a thread would be said
 * to have touched what only its tracer has, and a program that fills its pages itself (userfaultfd(2)) can't while it
 * is stopped.
 */
static ssize_t read_untouched(struct linux_door *d, pid_t tid, taddr at, void *buf, size_t n)
{
	struct vma v;
	int err = linux_shared_vma(d, tid, at, &v);

	if (err == -ENOENT || (!err && !(v.prot & VMA_READ)))
		return -EFAULT;
	if (err || !begins_as_zeros(&v))
		return read_there(d, tid, at, buf, n);
	if (n > v.high - at)
		n = (size_t)(v.high - at);
	memset(buf, 0, n);
	return (ssize_t)n;
}

ssize_t linux_read_mem(void *ctx, pid_t tid, taddr at, void *buf, size_t n)
{
	struct linux_door *d = ctx;
	size_t done = 0, part;
	ssize_t got = -EFAULT;
	bool there;

	if (d->mem.n && kept(&d->mem, tid, at, buf, n))
		return (ssize_t)n;
	for (; done < n; done += (size_t)got) {
		part = linux_same_pages(d, tid, (struct mem_range){ at + done, n - done }, &there);
		got = there ? read_there(d, tid, at + done, (char *)buf + done, part) :
			      read_untouched(d, tid, at + done, (char *)buf + done, part);
		if (got <= 0)
			return done ? (ssize_t)done : got;
	}
	return (ssize_t)done;
}

int linux_write_mem(void *ctx, pid_t tid, taddr at, const void *buf, size_t n)
{
	struct iovec local = { (void *)(uintptr_t)buf, n },
		     remote = { (void *)(uintptr_t)at, n }; /* NOLINT: the tracee's */
	ssize_t done = process_vm_writev(tid, &local, 1, &remote, 1, 0);

	((struct linux_door *)ctx)->mem.n = 0;

	return done == (ssize_t)n ? 0 : done < 0 ? -errno : -EFAULT;
}

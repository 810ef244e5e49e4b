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

void linux_expect_mem(void *ctx, const pid_t tid[2], const struct mem_range *range, unsigned n)
{
	struct linux_door *d = ctx;
	struct kept_mem *m = &d->mem;
	struct iovec remote[READ_PAGES];
	unsigned pieces = 0;
	size_t total = 0, done;

	m->n = 0;
	for (unsigned i = 0; i < n && i < KEPT_RANGES && total + range[i].n <= KEPT_BYTES; i++) {
		pieces += by_pages(d->k.page_bytes, range[i], remote + pieces, READ_PAGES - pieces, &done);
		m->range[i] = range[i];
		total += range[i].n;
		m->n = i + 1;
	}
	if (!m->n)
		return;
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

ssize_t linux_read_mem(void *ctx, pid_t tid, taddr at, void *buf, size_t n)
{
	const struct linux_door *d = ctx;
	size_t done = 0;

	if (d->mem.n && kept(&d->mem, tid, at, buf, n))
		return (ssize_t)n;
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

int linux_write_mem(void *ctx, pid_t tid, taddr at, const void *buf, size_t n)
{
	struct iovec local = { (void *)(uintptr_t)buf, n },
		     remote = { (void *)(uintptr_t)at, n }; /* NOLINT: the tracee's */
	ssize_t done = process_vm_writev(tid, &local, 1, &remote, 1, 0);

	((struct linux_door *)ctx)->mem.n = 0;

	return done == (ssize_t)n ? 0 : done < 0 ? -errno : -EFAULT;
}

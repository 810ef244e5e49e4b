/* SPDX-License-Identifier: MIT */
#include "fakemem.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

void fakemem_add(struct fakemem *m, taddr at, const void *data, size_t len)
{
	assert(m->n < FAKEMEM_AREAS);
	m->area[m->n].at = at;
	m->area[m->n].data = data;
	m->area[m->n].len = len;
	m->n++;
}

static ssize_t fakemem_read(void *ctx, taddr at, void *buf, size_t n)
{
	struct fakemem *m = ctx;
	size_t done = 0;

	for (size_t i = 0; i < m->n && done < n;) {
		taddr from = at + done;
		if (from >= m->area[i].at && from - m->area[i].at < m->area[i].len) {
			size_t off = from - m->area[i].at;
			size_t part = m->area[i].len - off < n - done ? m->area[i].len - off : n - done;
			memcpy((char *)buf + done, (const char *)m->area[i].data + off, part);
			done += part;
			i = 0;
		} else {
			i++;
		}
	}
	return done || n == 0 ? (ssize_t)done : -EFAULT;
}

struct mem fakemem_mem(struct fakemem *m)
{
	return (struct mem){ .read = fakemem_read, .ctx = m };
}

/* SPDX-License-Identifier: MIT */
#include "observe/spaces.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

/* Mappings of files: a program has some dozens, of which the first are those that matter most. */
#define VMAS_MOST  1024
#define AUXV_BYTES 1024

struct space {
	pid_t tgid;
	uint64_t exec_ns;
	char auxv[AUXV_BYTES];
	size_t n_auxv;
	struct vma *vma;
	size_t n, cap;
	UT_hash_handle hh;
};

static struct space *find(const struct spaces *s, pid_t tgid)
{
	struct space *p;

	HASH_FIND_INT(s->by_tgid, &tgid, p);
	return p;
}

static struct space *make(struct spaces *s, pid_t tgid)
{
	struct space *p = find(s, tgid);

	if (p)
		return p;
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->tgid = tgid;
	HASH_ADD_INT(s->by_tgid, tgid, p);
	if (p->hh.tbl)
		return p;
	free(p);
	return NULL;
}

static void drop(struct spaces *s, struct space *p)
{
	HASH_DEL(s->by_tgid, p);
	free(p->vma);
	free(p);
}

void spaces_release(struct spaces *s)
{
	struct space *p, *next;

	HASH_ITER (hh, s->by_tgid, p, next)
		drop(s, p);
}

void spaces_gone(struct spaces *s, pid_t tgid)
{
	struct space *p = find(s, tgid);

	if (p)
		drop(s, p);
}

uint64_t spaces_exec_ns(const struct spaces *s, pid_t tgid)
{
	const struct space *p = find(s, tgid);

	return p ? p->exec_ns : 0;
}

void spaces_exec(struct spaces *s, struct kernel *live, pid_t tgid, uint64_t t_ns)
{
	struct space *p = make(s, tgid);

	if (!p)
		return;
	p->n = 0;
	p->exec_ns = t_ns;
	ssize_t got = live ? live->read_proc(live->ctx, tgid, "auxv", p->auxv, sizeof(p->auxv)) : 0;
	p->n_auxv = got > 0 ? (size_t)got : 0;
}

void spaces_map(struct spaces *s, pid_t tgid, const struct vma *v)
{
	struct space *p = v->inode ? make(s, tgid) : NULL;

	if (!p || p->n == VMAS_MOST)
		return;
	if (p->n == p->cap) {
		size_t cap = p->cap ? 2 * p->cap : 16;
		struct vma *grown = realloc(p->vma, cap * sizeof(*grown));
		if (!grown)
			return;
		p->vma = grown;
		p->cap = cap;
	}
	p->vma[p->n++] = *v;
}

void spaces_fork(struct spaces *s, pid_t parent, pid_t child)
{
	const struct space *from = find(s, parent);
	struct space *to = from ? make(s, child) : NULL;

	if (!to)
		return;
	memcpy(to->auxv, from->auxv, from->n_auxv);
	to->n_auxv = from->n_auxv;
	to->n = 0;
	for (size_t i = 0; i < from->n; i++)
		spaces_map(s, child, &from->vma[i]);
}

/* What is left of v around addr, when other was mapped after it. */
static void cut(struct vma *v, taddr addr, const struct vma *other)
{
	if (other->low > addr && other->low < v->high) {
		v->high = other->low;
	} else if (other->high <= addr && other->high > v->low) {
		v->offset += other->high - v->low;
		v->low = other->high;
	}
}

int spaces_vma(const struct spaces *s, pid_t tgid, taddr addr, struct vma *ret)
{
	const struct space *p = find(s, tgid);
	size_t n = p ? p->n : 0, i = n;

	while (i > 0 && (addr < p->vma[i - 1].low || addr >= p->vma[i - 1].high))
		i--;
	if (!i)
		return -ENOENT;
	*ret = p->vma[i - 1];
	for (; i < n; i++)
		cut(ret, addr, &p->vma[i]);
	return 0;
}

/* The kernel maps the program before all else: there are its headers, when nobody was in time to read where. */
static ssize_t of_first_mapping(const struct space *p, char *buf, size_t n)
{
	const uint64_t auxv[] = { AT_PHDR, p->vma[0].low, AT_NULL, 0 };

	if (n < sizeof(auxv))
		return -ENOENT;
	memcpy(buf, auxv, sizeof(auxv));
	return sizeof(auxv);
}

ssize_t spaces_auxv(const struct spaces *s, pid_t tgid, char *buf, size_t n)
{
	const struct space *p = find(s, tgid);

	if (p && !p->n_auxv && p->n)
		return of_first_mapping(p, buf, n);
	if (!p || !p->n_auxv)
		return -ENOENT;
	n = p->n_auxv < n ? p->n_auxv : n;
	memcpy(buf, p->auxv, n);
	return (ssize_t)n;
}

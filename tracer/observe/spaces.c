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

struct mapped {
	struct vma vma;
	uint64_t t_ns; /* since when */
};

struct space {
	pid_t tgid;
	uint64_t exec_ns;
	char auxv[AUXV_BYTES];
	size_t n_auxv;
	struct mapped *map;
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
	free(p->map);
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

void spaces_map(struct spaces *s, pid_t tgid, const struct vma *v, uint64_t t_ns)
{
	struct space *p = v->inode ? make(s, tgid) : NULL;

	if (!p || p->n == VMAS_MOST)
		return;
	if (p->n == p->cap) {
		size_t cap = p->cap ? 2 * p->cap : 16;
		struct mapped *grown = realloc(p->map, cap * sizeof(*grown));
		if (!grown)
			return;
		p->map = grown;
		p->cap = cap;
	}
	p->map[p->n++] = (struct mapped){ *v, t_ns };
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
		spaces_map(s, child, &from->map[i].vma, from->map[i].t_ns);
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

static int mapped_at(const struct spaces *s, pid_t tgid, taddr addr, struct mapped *ret)
{
	const struct space *p = find(s, tgid);
	size_t n = p ? p->n : 0, i = n;

	while (i > 0 && (addr < p->map[i - 1].vma.low || addr >= p->map[i - 1].vma.high))
		i--;
	if (!i)
		return -ENOENT;
	*ret = p->map[i - 1];
	for (; i < n; i++)
		cut(&ret->vma, addr, &p->map[i].vma);
	return 0;
}

int spaces_vma(const struct spaces *s, pid_t tgid, taddr addr, struct vma *ret)
{
	struct mapped m;
	int err = mapped_at(s, tgid, addr, &m);

	if (!err)
		*ret = m.vma;
	return err;
}

static bool is_constant(const struct vma *v)
{
	return v->inode && !(v->prot & (VMA_WRITE | VMA_SHARED));
}

/* By its name: where a file lies in layers, records and maps have different inodes for it. */
static bool same_file(const struct vma *a, const struct vma *b)
{
	return a->low - a->offset == b->low - b->offset && strcmp(a->name, b->name) == 0;
}

bool spaces_same_since(const struct spaces *s, struct kernel *live, pid_t tgid, taddr addr, uint64_t t_ns)
{
	struct mapped m;
	struct vma now;

	return mapped_at(s, tgid, addr, &m) == 0 && m.t_ns <= t_ns && is_constant(&m.vma) &&
		live->vma(live->ctx, tgid, addr, false, &now) == 0 && is_constant(&now) && same_file(&m.vma, &now);
}

/* The kernel maps the program before all else: there are its headers, when nobody was in time to read where. */
static ssize_t of_first_mapping(const struct space *p, char *buf, size_t n)
{
	const uint64_t auxv[] = { AT_PHDR, p->map[0].vma.low, AT_NULL, 0 };

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

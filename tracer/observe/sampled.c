/* SPDX-License-Identifier: MIT */
#include "observe/sampled.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

/* ---- what the sample has ---- */

static ssize_t regset(void *ctx, pid_t tid, int type, void *buf, size_t n)
{
	const struct sampled_door *d = ctx;

	if (!d->now || d->now->tid != tid || type != NT_PRSTATUS)
		return sampled_same_for_all(type, buf, n); /* the others take a stop, and there is none */
	size_t len = d->now->prstatus_len < n ? d->now->prstatus_len : n;
	memcpy(buf, d->now->prstatus, len);
	return (ssize_t)len;
}

/* What is asked for begins below the sample, and goes on into it. Nobody reads what lies below a stack pointer. */
static ssize_t from_below(const struct sampled *s, taddr at, uint8_t *buf, size_t n)
{
	size_t gap = (size_t)(s->from - at), have = n - gap < s->n ? n - gap : s->n;

	memset(buf, 0, gap);
	memcpy(buf + gap, s->bytes, have);
	return (ssize_t)(gap + have);
}

/*
 * As it is now. What is mapped from a file, and not to be written to, was the same then. What else a task runs by is
 * its own until it ends.
 */
static ssize_t read_later(struct sampled_door *d, taddr at, void *buf, size_t n)
{
	const struct sampled *s = d->now;
	struct vma v;

	bool constant = d->strict ? spaces_same_since(&d->spaces, d->live, s->tgid, at, s->t_ns) :
				    spaces_vma(&d->spaces, s->tgid, at, &v) == 0 && !(v.prot & VMA_WRITE);
	if (d->strict && !constant)
		return -EFAULT;
	ssize_t got = d->live->read_mem(d->live->ctx, s->tid, at, buf, n);

	if (got > 0 && !constant && d->live->in_group(d->live->ctx, s->tgid, s->tid) != 1)
		got = -ESRCH;
	d->missed |= got <= 0;
	return got;
}

static ssize_t read_mem(void *ctx, pid_t tid, taddr at, void *buf, size_t n)
{
	struct sampled_door *d = ctx;
	const struct sampled *s = d->now;

	if (!s || s->tid != tid)
		return d->live->read_mem(d->live->ctx, tid, at, buf, n);
	if (at < s->sp && s->from == s->sp && s->n && n > s->sp - at && s->sp - at < SAMPLED_STACK)
		return from_below(s, at, buf, n);
	if (at >= s->from && at < s->from + s->n) {
		size_t skip = (size_t)(at - s->from), have = s->n - skip < n ? s->n - skip : n;
		memcpy(buf, s->bytes + skip, have);
		return (ssize_t)have;
	}
	if (d->runs_on && at >= s->sp && at < d->high)
		return -EFAULT;
	return read_later(d, at, buf, n);
}

/* ---- what is asked of the live door, and when that knows nothing any more, of what records have told ---- */

static ssize_t read_proc(void *ctx, pid_t tid, const char *file, char *buf, size_t n)
{
	const struct sampled_door *d = ctx;

	ssize_t got = d->live->read_proc(d->live->ctx, tid, file, buf, n);

	if (got <= 0 && d->now && strcmp(file, "auxv") == 0)
		return spaces_auxv(&d->spaces, d->now->tgid, buf, n);
	return got;
}

static int vma(void *ctx, pid_t tid, taddr addr, bool next_code, struct vma *ret)
{
	const struct sampled_door *d = ctx;

	int err = d->live->vma(d->live->ctx, tid, addr, next_code, ret);

	return err && d->now && !next_code ? spaces_vma(&d->spaces, d->now->tgid, addr, ret) : err;
}

static uint64_t now_ns(void *ctx)
{
	const struct sampled_door *d = ctx;

	return d->live->now_ns(d->live->ctx);
}

static uint64_t boot_ns(void *ctx)
{
	const struct sampled_door *d = ctx;

	return d->live->boot_ns(d->live->ctx);
}

static int origin(void *ctx, struct origin *ret)
{
	const struct sampled_door *d = ctx;

	return d->live->origin(d->live->ctx, ret);
}

void sampled_door_init(struct sampled_door *d, struct kernel *live)
{
	*d = (struct sampled_door){ .live = live };
	d->door = (struct kernel){ .ctx = d,
		.page_bytes = live ? live->page_bytes : 0,
		.regset = regset,
		.read_mem = read_mem,
		.read_proc = read_proc,
		.vma = vma,
		.origin = origin,
		.now_ns = now_ns,
		.boot_ns = boot_ns };
}

void sampled_door_release(struct sampled_door *d)
{
	spaces_release(&d->spaces);
}

void sampled_door_show(struct sampled_door *d, const struct sampled *s, bool runs_on)
{
	struct vma v;

	d->now = s;
	d->runs_on = runs_on;
	d->missed = false;
	d->high = 0;
	if (s && runs_on && d->live && d->live->vma(d->live->ctx, s->tgid, s->sp, false, &v) == 0)
		d->high = v.high;
}

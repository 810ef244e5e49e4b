/* SPDX-License-Identifier: MIT */
/* The memory of a tracee: its mappings, its pages. */
#include "kernel/linux_door.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernel/procfs_ioctl.h"

static void space_close(struct space_fds *f)
{
	if (f->maps >= 0)
		close(f->maps);
	if (f->pagemap >= 0)
		close(f->pagemap);
	*f = (struct space_fds){ .maps = -1, .pagemap = -1 };
}

void linux_spaces_begin(struct linux_door *d)
{
	for (unsigned i = 0; i < SPACE_FDS; i++)
		d->fds[i].maps = d->fds[i].pagemap = -1;
}

void linux_spaces_end(struct linux_door *d)
{
	for (unsigned i = 0; i < SPACE_FDS; i++)
		space_close(&d->fds[i]);
}

void linux_forget_space(struct linux_door *d, pid_t tid)
{
	for (unsigned i = 0; i < SPACE_FDS; i++)
		if (d->fds[i].tid == tid)
			space_close(&d->fds[i]);
	if (d->frames.tid == tid)
		d->frames.tid = 0;
}

static struct space_fds *space_of(struct linux_door *d, pid_t tid)
{
	struct space_fds *eldest = &d->fds[0];

	for (unsigned i = 0; i < SPACE_FDS; i++) {
		if (d->fds[i].tid == tid) {
			d->fds[i].used = ++d->clock;
			return &d->fds[i];
		}
		if (d->fds[i].used < eldest->used)
			eldest = &d->fds[i];
	}
	space_close(eldest);
	eldest->tid = tid;
	eldest->used = ++d->clock;
	return eldest;
}

/*
 * An ioctl on one of the space's files, opened when needed and once more when it belongs to a program that execve
 * has replaced (-ESRCH).
 */
static int space_ioctl(struct linux_door *d, pid_t tid, bool pagemap, unsigned long req, void *arg)
{
	for (int round = 0; round < 2; round++) {
		struct space_fds *f = space_of(d, tid);
		int *fd = pagemap ? &f->pagemap : &f->maps;
		if (*fd < 0) {
			int opened = linux_open_proc(tid, pagemap ? "pagemap" : "maps");
			if (opened < 0) {
				space_close(f);
				return opened;
			}
			*fd = opened;
		}
		int r = ioctl(*fd, req, arg);
		if (r >= 0)
			return r;
		int err = errno;
		if (err != ESRCH)
			return -err;
		space_close(f);
	}
	return -ESRCH;
}

/* Before Linux 6.11: read the text. It is empty, and no error, where the address space has gone: -ESRCH. */
static int vma_by_text(pid_t tid, taddr addr, bool next_code, struct vma *ret)
{
	char path[64], line[VMA_NAME + 128];
	int err = -ESRCH;

	snprintf(path, sizeof(path), "/proc/%d/maps", tid);
	FILE *f = fopen(path, "re");
	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		struct vma v;
		err = -ENOENT;
		if (vma_parse(line, strlen(line), &v) < 0 || v.high <= addr)
			continue;
		if (next_code && !(v.inode && (v.prot & VMA_EXEC)))
			continue;
		if (v.low <= addr || next_code) {
			*ret = v;
			err = 0;
		}
		break;
	}
	fclose(f);
	return err;
}

int linux_vma(void *ctx, pid_t tid, taddr addr, bool next_code, struct vma *ret)
{
	const uint64_t code = THR_PROCMAP_COVERING_OR_NEXT | THR_PROCMAP_FILE_BACKED | THR_PROCMAP_EXECUTABLE;
	struct vma v = { 0 };
	struct thr_procmap_query q = {
		.size = sizeof(q),
		.query_flags = next_code ? code : 0,
		.query_addr = addr,
		.vma_name_size = sizeof(v.name),
		.vma_name_addr = (uintptr_t)v.name,
	};
	int r = space_ioctl(ctx, tid, false, THR_PROCMAP_QUERY, &q);

	if (r == -ENOTTY || r == -EINVAL)
		return vma_by_text(tid, addr, next_code, ret);
	if (r == -ENAMETOOLONG) { /* the name is a nicety */
		q.vma_name_size = 0;
		q.vma_name_addr = 0;
		r = space_ioctl(ctx, tid, false, THR_PROCMAP_QUERY, &q);
	}
	if (r < 0)
		return r;
	v.low = q.vma_start;
	v.high = q.vma_end;
	v.prot = (uint32_t)q.vma_flags & (VMA_READ | VMA_WRITE | VMA_EXEC | VMA_SHARED);
	v.offset = q.vma_offset;
	v.inode = q.inode;
	v.dev_major = q.dev_major;
	v.dev_minor = q.dev_minor;
	*ret = v;
	return 0;
}

/* Before Linux 6.7 there is no PAGEMAP_SCAN: read the words, one a page. How many, or -errno. */
static ssize_t pagemap_words(struct linux_door *d, pid_t tid, taddr at, uint64_t *word, size_t n)
{
	struct space_fds *f = space_of(d, tid);

	if (f->pagemap < 0) {
		int fd = linux_open_proc(tid, "pagemap");
		if (fd < 0)
			return fd;
		f->pagemap = fd;
	}
	ssize_t got = pread(f->pagemap, word, n * 8, (off_t)(at / d->k.page_bytes * 8));
	if (got <= 0)
		return got < 0 ? -errno : -ESRCH;
	return got / 8;
}

/* Bits 62 and 63: swapped, present; 58: guard (6.15), which reads as swapped. */
#define WORD_IS_THERE(word) (((word)&3ULL << 62) != 0)
#define WORD_IS_GUARD(word) (((word)&1ULL << 58) != 0)

static int touched_by_words(struct linux_door *d, pid_t tid, taddr low, taddr high, taddr *ret)
{
	uint64_t word[512], page = d->k.page_bytes;

	for (taddr at = low; at < high;) {
		size_t want = (size_t)((high - at) / page);
		ssize_t got = pagemap_words(d, tid, at, word, want < ARRAY_SIZE(word) ? want : ARRAY_SIZE(word));
		if (got < 0)
			return (int)got;
		for (ssize_t i = 0; i < got; i++, at += page)
			if (WORD_IS_THERE(word[i]) && !WORD_IS_GUARD(word[i])) {
				*ret = at;
				return 0;
			}
	}
	*ret = high;
	return 0;
}

int linux_lowest_touched(void *ctx, pid_t tid, taddr low, taddr high, taddr *ret)
{
	struct thr_page_region region = { 0 };
	/* GUARD is excluded: a guard page of MADV_GUARD_INSTALL reads as swapped. */
	struct thr_pm_scan_arg scan = {
		.size = sizeof(scan),
		.start = low,
		.end = high,
		.vec = (uintptr_t)&region,
		.vec_len = 1,
		.max_pages = 1,
		.category_inverted = THR_PAGE_IS_GUARD,
		.category_mask = THR_PAGE_IS_GUARD,
		.category_anyof_mask = THR_PAGE_IS_PRESENT | THR_PAGE_IS_SWAPPED,
		.return_mask = THR_PAGE_IS_PRESENT,
	};

	if (high <= low)
		return -EINVAL;
	int n = space_ioctl(ctx, tid, true, THR_PAGEMAP_SCAN, &scan);
	if (n == -EINVAL) { /* 6.7 to 6.15 do not know the GUARD category; nor do they have many guards */
		scan.category_inverted = scan.category_mask = 0;
		n = space_ioctl(ctx, tid, true, THR_PAGEMAP_SCAN, &scan);
	}
	if (n == -ENOTTY)
		return touched_by_words(ctx, tid, low, high, ret);
	if (n < 0)
		return n;
	*ret = n > 0 ? region.start : high;
	return 0;
}

int linux_guard_pages(void *ctx, pid_t tid, taddr low, taddr high, uint64_t *ret)
{
	struct thr_page_region region = { 0 };
	struct thr_pm_scan_arg scan = {
		.size = sizeof(scan),
		.start = low,
		.end = high,
		.vec = (uintptr_t)&region,
		.vec_len = 1,
		.category_mask = THR_PAGE_IS_GUARD,
		.return_mask = THR_PAGE_IS_GUARD,
	};

	if (high <= low)
		return -EINVAL;
	int n = space_ioctl(ctx, tid, true, THR_PAGEMAP_SCAN, &scan);
	if (n == -EINVAL || n == -ENOTTY)
		return -EOPNOTSUPP;
	if (n < 0)
		return n;
	*ret = n > 0 && region.start == low ? region.end - region.start : 0;
	return 0;
}

/*
 * The task whose open files tell of tid's space: tid itself, or one that shares it. A process has many threads, and to
 * open the files of each would cost more than what is asked.
 */
static pid_t files_of(struct linux_door *d, pid_t tid)
{
	const struct space_fds *newest = NULL;

	for (unsigned i = 0; i < SPACE_FDS; i++) {
		const struct space_fds *f = &d->fds[i];
		if (f->tid == tid && f->pagemap >= 0)
			return tid;
		if (f->pagemap >= 0 && (!newest || f->used > newest->used))
			newest = f;
	}
	if (!newest)
		return tid;
	if (d->shares.tid != tid || d->shares.with != newest->tid) {
		bool same = linux_kcmp(NULL, tid, newest->tid, KCMP_VM) == 0;
		d->shares = (struct shares){ tid, newest->tid, same };
	}
	return d->shares.same ? newest->tid : tid;
}

/* Where the pages from low on end that have the same answer: *ret_there. 0 or -errno. */
static int run_by_words(struct linux_door *d, pid_t tid, taddr low, taddr high, bool *ret_there, taddr *ret_end)
{
	uint64_t word[64], page = d->k.page_bytes;
	size_t want = (size_t)((high - low) / page);
	ssize_t got = pagemap_words(d, tid, low, word, want < ARRAY_SIZE(word) ? want : ARRAY_SIZE(word)), same = 1;

	if (got < 0)
		return (int)got;
	*ret_there = WORD_IS_THERE(word[0]);
	while (same < got && WORD_IS_THERE(word[same]) == *ret_there)
		same++;
	*ret_end = low + (uint64_t)same * page;
	return 0;
}

static int run_by_scan(struct linux_door *d, pid_t tid, taddr low, taddr high, bool *ret_there, taddr *ret_end)
{
	struct thr_page_region region = { 0 };
	struct thr_pm_scan_arg scan = {
		.size = sizeof(scan),
		.start = low,
		.end = high,
		.vec = (uintptr_t)&region,
		.vec_len = 1,
		.category_anyof_mask = THR_PAGE_IS_PRESENT | THR_PAGE_IS_SWAPPED,
		.return_mask = THR_PAGE_IS_PRESENT | THR_PAGE_IS_SWAPPED,
	};
	int n = space_ioctl(d, tid, true, THR_PAGEMAP_SCAN, &scan);

	if (n < 0)
		return n;
	*ret_there = n > 0 && region.start == low;
	*ret_end = n == 0 ? high : *ret_there ? region.end : region.start;
	return 0;
}

static void keep_there(struct linux_door *d, pid_t tid, taddr low, taddr high)
{
	d->there[d->next_there++ % KEPT_THERE] = (struct there){ tid, low, high };
}

static bool known_there(const struct linux_door *d, pid_t tid, taddr low, taddr high)
{
	for (unsigned i = 0; i < KEPT_THERE; i++)
		if (d->there[i].tid == tid && low >= d->there[i].low && high <= d->there[i].high)
			return true;
	return false;
}

void linux_used_mem(void *ctx, pid_t tid, struct mem_range range)
{
	struct linux_door *d = ctx;
	uint64_t page = d->k.page_bytes;
	taddr low = page_down(range.at, page), high = page_round_up(range.at + range.n, page);

	if (high > low && !known_there(d, tid, low, high))
		keep_there(d, tid, low, high);
}

size_t linux_same_pages(struct linux_door *d, pid_t tid, struct mem_range range, bool *ret_there)
{
	uint64_t page = d->k.page_bytes;
	taddr low = page_down(range.at, page), high = page_round_up(range.at + range.n, page), end;

	*ret_there = true;
	if (high <= low)
		return range.n;
	if (known_there(d, tid, low, high))
		return range.n;
	pid_t files = files_of(d, tid);
	int err = run_by_scan(d, files, low, high, ret_there, &end);
	if (err == -ENOTTY)
		err = run_by_words(d, files, low, high, ret_there, &end);
	if (err) {
		*ret_there = true;
		return range.n;
	}
	if (*ret_there)
		keep_there(d, tid, low, end);
	return end - range.at < range.n ? (size_t)(end - range.at) : range.n;
}

int linux_shared_vma(struct linux_door *d, pid_t tid, taddr addr, struct vma *ret)
{
	pid_t files = files_of(d, tid);
	int err = linux_vma(d, files, addr, false, ret);

	return err && err != -ENOENT && files != tid ? linux_vma(d, tid, addr, false, ret) : err;
}

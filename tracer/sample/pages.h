/* SPDX-License-Identifier: MIT */
/*
 * Which pages of many ranges are present, or guards. Stacks mostly lie side by side: such as do are asked about in
 * one call, not each by itself.
 */
#ifndef TRACER_PAGES_H
#define TRACER_PAGES_H

#include "kernel/task_files.h"

struct page_range {
	taddr low, high;
};

struct pages {
	const struct task_files *f;
	struct task_region *region; /* in order of their addresses */
	size_t n, room;
	struct page_range *run; /* what was looked at, in order */
	size_t n_runs;
};

/*
 * Looks at n ranges, which are put in order. 0 or -errno: then each is looked at when it is asked for. pages_release.
 */
int pages_scan(struct pages *ret, const struct task_files *f, struct page_range *range, size_t n) THR_MUST_CHECK;
void pages_release(struct pages *p);
/* Bytes of [low, high) that are present: 0 or -errno. */
int pages_present(const struct pages *p, taddr low, taddr high, uint64_t *ret) THR_MUST_CHECK;
/* Bytes from low on that are MADV_GUARD pages, up to high. 0: none, or not known. */
uint64_t pages_guard(const struct pages *p, taddr low, taddr high);

#endif

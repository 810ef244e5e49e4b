/* SPDX-License-Identifier: MIT */
/*
 * Arithmetic with the pages of the traced machine. How many bytes a page has is told (struct ev_start, struct
 * caller_facts): 4096 on x86, and what an arm64 kernel was built with (4, 16 or 64 KiB).
 */
#ifndef THRTRACE_PAGE_H
#define THRTRACE_PAGE_H

#include <thrtrace/base.h>

/* The smallest page of any described architecture, and what is assumed where nobody has told it. */
#define PAGE_BYTES_LEAST UINT64_C(4096)

/* As told, or 0: then the least. A power of two. */
static inline uint64_t page_bytes_or_least(uint64_t bytes)
{
	return bytes ? bytes : PAGE_BYTES_LEAST;
}

/* The page's first byte. */
static inline taddr page_down(taddr addr, uint64_t page)
{
	return addr & ~(page - 1);
}

/* To the end of the last page that v reaches into; near the top of all addresses it wraps to 0, as in the kernel. */
static inline uint64_t page_round_up(uint64_t v, uint64_t page)
{
	return page_down(v + page - 1, page);
}

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The traced program's memory, as a callback: decoders ask for bytes and never learn where they come from
 * (process_vm_readv, a tape, an array in a test).
 */
#ifndef THRTRACE_MEM_H
#define THRTRACE_MEM_H

#include <thrtrace/base.h>

struct mem {
	/*
	 * Reads up to n bytes at `at`. Returns how many were read: less than n when a hole follows; or -EFAULT when
	 * not even the first byte is mapped, -ESRCH when the task is gone, another -errno otherwise.
	 */
	ssize_t (*read)(void *ctx, taddr at, void *buf, size_t n);
	void *ctx;
};

/* Reads exactly n bytes: 0, or -errno (-EFAULT also for a short read). buf may be partly written on failure. */
int mem_read(const struct mem *mem, taddr at, void *buf, size_t n) THR_MUST_CHECK;
int mem_u64(const struct mem *mem, taddr at, uint64_t *ret) THR_MUST_CHECK;
int mem_u32(const struct mem *mem, taddr at, uint32_t *ret) THR_MUST_CHECK;
/* A pointer of the traced program: word (4 or 8) bytes. */
int mem_word(const struct mem *mem, taddr at, unsigned word, uint64_t *ret) THR_MUST_CHECK;
/*
 * Reads a NUL-terminated string of at most size-1 bytes into buf, always terminated on success.
 * Returns its length, size-1 with *ret_cut set when it goes on, or -errno.
 */
ssize_t mem_str(const struct mem *mem, taddr at, char *buf, size_t size, bool *ret_cut) THR_MUST_CHECK;

#endif

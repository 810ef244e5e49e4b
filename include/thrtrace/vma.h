/* SPDX-License-Identifier: MIT */
/* One mapping of an address space: a line of /proc/PID/maps (proc(5)). */
#ifndef THRTRACE_VMA_H
#define THRTRACE_VMA_H

#include <thrtrace/base.h>

enum vma_prot { VMA_READ = 1, VMA_WRITE = 2, VMA_EXEC = 4, VMA_SHARED = 8 };

#define VMA_NAME 256

struct vma {
	taddr low, high; /* [low, high) */
	uint32_t prot;   /* enum vma_prot; 0: PROT_NONE */
	uint64_t offset; /* into the file */
	uint64_t inode;  /* 0: anonymous */
	uint32_t dev_major, dev_minor;
	char name[VMA_NAME]; /* path, "[stack]", ""; cut when longer */
};

/*
 * Parses the line at text (len bytes, the newline may be missing). Returns the bytes consumed, newline included,
 * or -EINVAL when it is not a maps line.
 */
ssize_t vma_parse(const char *text, size_t len, struct vma *ret) THR_MUST_CHECK;

#endif

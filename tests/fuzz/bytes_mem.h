/* SPDX-License-Identifier: MIT */
/* A fuzzer's input as the memory of a program: it is mapped from BYTES_BASE on, and nothing else is. */
#ifndef TEST_BYTES_MEM_H
#define TEST_BYTES_MEM_H

#include <errno.h>
#include <string.h>

#include <thrtrace/mem.h>

#define BYTES_BASE 0x10000U

struct bytes {
	const uint8_t *data;
	size_t n;
};

static inline ssize_t bytes_read(void *ctx, taddr at, void *buf, size_t n)
{
	const struct bytes *b = ctx;
	size_t rest = at >= BYTES_BASE && at - BYTES_BASE < b->n ? b->n - (size_t)(at - BYTES_BASE) : 0;

	if (!rest)
		return -EFAULT;
	n = n < rest ? n : rest;
	memcpy(buf, b->data + (at - BYTES_BASE), n);
	return (ssize_t)n;
}

#endif

/* SPDX-License-Identifier: MIT */
/* Any bytes as the memory of a Java virtual machine: from 0x10000 on, the variable of its table first. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <thrtrace/hotspot.h>

#define BASE 0x10000U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
	const uint8_t *data;
	size_t n;
};

static ssize_t read_bytes(void *ctx, taddr at, void *buf, size_t n)
{
	const struct bytes *b = ctx;
	size_t rest = at >= BASE && at - BASE < b->n ? b->n - (size_t)(at - BASE) : 0;

	if (!rest)
		return -EFAULT;
	n = n < rest ? n : rest;
	memcpy(buf, b->data + (at - BASE), n);
	return (ssize_t)n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes bytes = { data, size };
	const struct mem mem = { read_bytes, &bytes };
	struct hotspot h = { 0 };

	for (unsigned i = 0; i < 2; i++)
		if ((hotspot_look(&h, &mem, BASE) == 0) != (h.low < h.high) || (!h.high && h.low))
			abort();
	return 0;
}

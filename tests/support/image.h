/* SPDX-License-Identifier: MIT */
/* A program's memory in one array, which is mapped at IMAGE_BASE: words are put into it by their places there. */
#ifndef TEST_IMAGE_H
#define TEST_IMAGE_H

#include <string.h>

#include "fakemem.h"

#define IMAGE_BASE 0x10000U
enum { IMAGE_END = 0x1000 };

struct image {
	_Alignas(8) uint8_t bytes[IMAGE_END];
	struct fakemem fake;
};

static inline void image_word(struct image *m, unsigned at, uint64_t value)
{
	memcpy(m->bytes + at, &value, sizeof(value));
}

/* What of it is written later is seen as well. */
static inline struct mem image_mem(struct image *m)
{
	fakemem_add(&m->fake, IMAGE_BASE, m->bytes, sizeof(m->bytes));
	return fakemem_mem(&m->fake);
}

#endif

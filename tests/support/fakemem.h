/* SPDX-License-Identifier: MIT */
/* A traced program's memory made of arrays: what lies between them is a hole. */
#ifndef TEST_FAKEMEM_H
#define TEST_FAKEMEM_H

#include <thrtrace/mem.h>

#define FAKEMEM_AREAS 16

struct fakemem {
	struct {
		taddr at;
		const void *data;
		size_t len;
	} area[FAKEMEM_AREAS];
	size_t n;
};

/* data is borrowed and must outlive the fake. */
void fakemem_add(struct fakemem *m, taddr at, const void *data, size_t len);
struct mem fakemem_mem(struct fakemem *m);

#endif

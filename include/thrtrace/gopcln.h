/* SPDX-License-Identifier: MIT */
/*
 * Go's own table of functions and lines (.gopclntab), which a stripped program keeps: the runtime needs it.
 * Source: src/runtime/symtab.go and src/cmd/link/internal/ld/pcln.go of Go 1.18 to 1.24; older layouts are not read.
 */
#ifndef THRTRACE_GOPCLN_H
#define THRTRACE_GOPCLN_H

#include <thrtrace/base.h>

struct gopcln_func {
	const char *name; /* points into the table */
	uint64_t start;
	const char *file; /* NULL when not told */
	unsigned line;
};

/*
 * The function of addr in the table at bytes; text is what the table's offsets count from when it does not say so.
 * 0, -ENOENT when addr is in no function, -EINVAL when it is no table of a known layout.
 */
int gopcln_find(const void *bytes, size_t len, uint64_t text, uint64_t addr, struct gopcln_func *ret) THR_MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT */
/* All mappings of a process, few bytes each: a program of 18,000 threads has 36,000. */
#ifndef TRACER_SPANS_H
#define TRACER_SPANS_H

#include <thrtrace/vma.h>

#include "kernel/task_files.h"
#include "sample/modules.h"

enum span_name { SPAN_PLAIN, SPAN_STACK, SPAN_OTHER }; /* none or a path; "[stack]"; other words in brackets */

struct span {
	taddr low, high;
	uint8_t prot; /* enum vma_prot */
	bool file;    /* of an inode */
	uint8_t name; /* enum span_name */
};

struct spans {
	struct span *at; /* in order of their addresses */
	size_t n;
};

/* 0 or -errno. spans_release in any case. modules: emptied first, and then those that are mapped. */
int spans_read(struct spans *ret, struct modules *modules, const struct task_files *f) THR_MUST_CHECK;
void spans_release(struct spans *s);
/* The mapping that contains addr, as far as it is kept; false when none does. */
bool spans_find(const struct spans *s, taddr addr, struct vma *ret);

#endif

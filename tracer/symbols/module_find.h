/* SPDX-License-Identifier: MIT */
/* The cache of modules, and how the file behind a mapping is found. */
#ifndef TRACER_MODULE_FIND_H
#define TRACER_MODULE_FIND_H

#include <thrtrace/vma.h>

#include "kernel/kernel.h"
#include "symbols/module.h"

/* An embedded list; zeroed is empty. */
struct module_store {
	struct module *first;
	size_t n;
	size_t n_files; /* that stay open */
};

void module_store_release(struct module_store *store);

/*
 * The module mapped at vma, from the store or made; *ret_bias: address - bias = the module's own address. NULL when
 * no file is behind it. in_program: /proc/TID/exe may be tried.
 */
struct module *module_find(struct module_store *store, const struct kernel *door, pid_t tid, const struct vma *vma,
	bool in_program, uint64_t *ret_bias);

#endif

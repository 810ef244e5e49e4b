/* SPDX-License-Identifier: MIT */
/* The stacks of threads that nobody stops: from the C library's record near the TLS base, else from the mapping. */
#ifndef TRACER_STACKS_H
#define TRACER_STACKS_H

#include <thrtrace/census.h>

#include "kernel/task_files.h"
#include "sample/modules.h"

/*
 * Fills the stacks of all tasks of c, and says in c->lacks what it could not; and *modules, with what is mapped. 0 or
 * -ENOMEM.
 */
int stacks_read(struct census *c, struct modules *modules, const struct task_files *f) THR_MUST_CHECK;

#endif

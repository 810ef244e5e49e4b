/* SPDX-License-Identifier: MIT */
/*
 * What threads were made to run: the C library's record of each has its first routine, and the files of the program
 * have the name. Nobody is stopped for it.
 */
#ifndef TRACER_STARTS_H
#define TRACER_STARTS_H

#include <thrtrace/census.h>

struct starts;

/* 0, -ENOMEM, or why nothing can be read (-ENOSYS). starts_free in any case. */
int starts_new(struct starts **ret) THR_MUST_CHECK;
void starts_free(struct starts *s);
/* Of each task whose record is known (tp, musl_top): its start, and what role that alone makes likely. */
void starts_read(struct starts *s, struct census *c);

#endif

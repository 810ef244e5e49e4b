/* SPDX-License-Identifier: MIT */
/* What the command that traces asks of its options. */
#ifndef TRACER_TRACE_CMD_H
#define TRACER_TRACE_CMD_H

#include "cmd/options.h"

/*
 * What each option allows by itself, and not together; sets the mode that follows from it. 0, or -EINVAL with o->error
 * filled.
 */
int trace_check(struct options *o) THR_MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT */
/* Traces a program from its start to its end, or processes that run already until they end or are let go. */
#ifndef TRACER_TRACE_CMD_H
#define TRACER_TRACE_CMD_H

#include "cmd/options.h"

/* Ends thrtrace, and releases the options; status and wstatus are as below. */
typedef void trace_end(struct options *o, int status, int wstatus);

/*
 * 0 with the program's wait status (0 when there is none), or thrtrace's own exit status (1, 125, 126, 127) after it
 * said why on stderr. Where the tracees are let go while they run, it does not return: end is called, by another
 * thread.
 */
int trace_cmd(struct options *o, int *ret_wstatus, trace_end *end);

/* Records of this many dead tasks are kept for the table. */
#define KEEP_DEAD 4096

/*
 * What a replay does alike: opens the output and the view; tells the end of the trace. 0 or -errno; the first says
 * why.
 */
int trace_open_view(struct run *r, const struct options *o) THR_MUST_CHECK;
int trace_summary(struct run *r) THR_MUST_CHECK;
/* The exit status that --error-exitcode asks for, or 0. A program that a signal has killed says enough by that. */
int trace_found(const struct run *r, const struct options *o);

#endif

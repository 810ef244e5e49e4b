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

#endif

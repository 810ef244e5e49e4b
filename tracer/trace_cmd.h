/* SPDX-License-Identifier: MIT */
/* Traces a program from its start to its end. */
#ifndef TRACER_TRACE_CMD_H
#define TRACER_TRACE_CMD_H

#include "options.h"

/* 0 with the program's wait status, or thrtrace's own exit status (125, 126, 127) after it said why on stderr. */
int trace_cmd(const struct options *o, int *ret_wstatus);

#endif

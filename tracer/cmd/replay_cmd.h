/* SPDX-License-Identifier: MIT */
/* Prints the trace that a record holds. */
#ifndef TRACER_REPLAY_CMD_H
#define TRACER_REPLAY_CMD_H

#include "cmd/options.h"

/* thrtrace's exit status: 0 when all of it was printed, 1 when not, 125 when nothing was. It has said why on stderr. */
int replay_cmd(const struct options *o);

#endif

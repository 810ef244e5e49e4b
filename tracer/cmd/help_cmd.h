/* SPDX-License-Identifier: MIT */
/* The page of --help. */
#ifndef TRACER_HELP_CMD_H
#define TRACER_HELP_CMD_H

#include "cmd/options.h"

void help_page(struct outbuf *out, struct option_table table);

#endif

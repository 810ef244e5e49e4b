/* SPDX-License-Identifier: MIT */
/* Completion scripts for shells, made of the table of options, the followed calls and the CLONE_* flags. */
#ifndef TRACER_COMPLETION_CMD_H
#define TRACER_COMPLETION_CMD_H

#include "cmd/options.h"

struct shell;

/* NULL: no shell of that name. */
const struct shell *completion_shell(const char *name);
void completion_script(struct outbuf *out, const struct shell *shell, struct option_table table);

#endif

/* SPDX-License-Identifier: MIT */
/* Completion scripts for shells, made of the table of options (options.h), the followed calls and the CLONE_* flags. */
#ifndef TRACER_COMPLETION_H
#define TRACER_COMPLETION_H

#include <thrtrace/outbuf.h>

enum shell { SHELL_BASH, SHELL_ZSH, SHELLS };

/* SHELLS: no shell of that name. */
enum shell completion_shell(const char *name);
void completion_script(struct outbuf *out, enum shell shell);

#endif

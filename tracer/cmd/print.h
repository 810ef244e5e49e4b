/* SPDX-License-Identifier: MIT */
/* Pages: what a command prints in one piece. */
#ifndef TRACER_PRINT_H
#define TRACER_PRINT_H

#include <stdio.h>

#include <thrtrace/explain_page.h>

#include "cmd/options.h"

/* Writes out to the file, and releases it. 0, or EXIT_OWN when not all of it could be made or written. */
int print(struct outbuf *out, FILE *to);
/* A page that make() writes, on stdout. */
int print_page(void (*make)(struct outbuf *out));
/* A table, in the format that o asks for. The exit status: EXIT_OWN when tables have no such format. */
int print_table(const struct options *o, void (*make)(struct outbuf *out, enum page_format format));

#endif

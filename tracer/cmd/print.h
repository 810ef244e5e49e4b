/* SPDX-License-Identifier: MIT */
/* Pages: what a command prints in one piece. */
#ifndef TRACER_PRINT_H
#define TRACER_PRINT_H

#include <stdio.h>

#include <thrtrace/explain_page.h>

#include "cmd/options.h"

/* Writes what there is so far, and empties out: more will come. As print. */
int print_on(struct outbuf *out, FILE *to);
/* Writes out to the file, and releases it. 0, or EXIT_OWN when not all of it could be made or written. */
int print(struct outbuf *out, FILE *to);
/* A page that make() writes, on stdout. */
int print_page(void (*make)(struct outbuf *out));
/* A table that can be printed as a whole, or those of its rows that words name. */
struct printed_table {
	void (*page)(struct outbuf *out, enum page_format format);
	void (*head)(struct outbuf *out, enum page_format format); /* what stands above the rows */
	/* Appends the rows of one word. How many; none: err says why. */
	size_t (*rows)(struct outbuf *out, const char *word, enum page_format format, struct outbuf *err);
};
enum { EXIT_UNKNOWN_WORD = 2 };
/* In the format and of the words of o. The exit status: EXIT_OWN when tables have no such format. */
int print_table(const struct options *o, const struct printed_table *table);

/* Columns of the terminal that fd is; 0: it is none, or does not say. */
unsigned print_columns(int fd);

/*
 * Which of these words, up to NULL, o's --format is: the first one where none is given. -1: none of them, and
 * standard error was told so.
 */
int print_format(const struct options *o, const char *const *words);

#endif

/* SPDX-License-Identifier: MIT */
/* Folds the explaining lines of the text view to a terminal's width. Internal to decode/sinks/. */
#ifndef SINKS_FOLD_H
#define SINKS_FOLD_H

#include <thrtrace/outbuf.h>

/*
 * Folds the lines of b from byte `from` on that begin with a blank and are longer than width columns; colour takes no
 * column. Lines of the plain trace, which begin with something else, stay whole: they are what a user greps. A
 * table's rows and a diagram stay whole as well: they have no text to fold.
 */
void fold_lines(struct outbuf *b, size_t from, unsigned width);

#endif

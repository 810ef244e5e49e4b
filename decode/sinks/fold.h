/* SPDX-License-Identifier: MIT */
/* Folds the explaining lines of the text view to a terminal's width. Internal to decode/sinks/. */
#ifndef SINKS_FOLD_H
#define SINKS_FOLD_H

#include <thrtrace/outbuf.h>

/*
 * Folds the lines of b from byte `from` on that are longer than width columns: those that begin with a blank, the
 * heads of blocks, and calls, between their arguments or flags. Colour takes no column. A table's rows and a diagram
 * stay whole: they have no text to fold.
 */
void fold_lines(struct outbuf *b, size_t from, unsigned width);

#endif

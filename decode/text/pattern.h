/* SPDX-License-Identifier: MIT */
/* Regular expressions that somebody passes. */
#ifndef DECODE_PATTERN_H
#define DECODE_PATTERN_H

#include <stdbool.h>

/*
 * Whether regcomp(3) may need very much memory for it: glibc's copies what stands before a + or a {2,9} so often as it
 * is to be repeated, and for repetitions of repetitions the numbers multiply. Counted as if each were of all before.
 */
bool pattern_is_dear(const char *pattern);

#endif

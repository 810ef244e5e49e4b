/* SPDX-License-Identifier: MIT */
/* Source lines from DWARF: lines_libdw.c or lines_none.c. */
#ifndef TRACER_LINES_H
#define TRACER_LINES_H

#include <thrtrace/base.h>

struct lines;

/*
 * The debug information of the ELF file behind fd; fd is taken over, also on failure. NULL when there is none.
 * Nothing is read before the first question.
 */
struct lines *lines_new(int fd);
void lines_free(struct lines *l);
/*
 * The source line of a link-time address: 0, or -ENOENT. *ret_file lives as long as l. outermost: of the function that
 * the code belongs to; where others were inlined into that, the line at which the first of them was.
 */
int lines_find(
	struct lines *l, uint64_t addr, bool outermost, const char **ret_file, unsigned *ret_line) THR_MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What a compiler at run time says of its code in /tmp/perf-PID.map: a line a piece of code, "START SIZE NAME", numbers
 * in hex, the latest last (tools/perf/Documentation/jit-interface.txt of Linux). The text is the program's own, and
 * anything at all: pieces are bounded in number and size, and where a later one lies over an earlier one, that is gone.
 */
#ifndef THRTRACE_JIT_MAP_H
#define THRTRACE_JIT_MAP_H

#include <stdbool.h>

#include <thrtrace/base.h>

#define JIT_PIECES_MAX (1U << 20)
#define JIT_NAME_MAX   192 /* of a longer name its beginning is kept */
#define JIT_TEXT_MAX   (64U << 20)

struct jit_piece {
	taddr at;
	uint32_t size;
	uint32_t name;  /* where it begins in struct jit_map's names */
	uint32_t order; /* in which they were added */
};

/* {0} begins. Owned: jit_map_release. */
struct jit_map {
	struct jit_piece *piece; /* by their addresses, the first `sorted` of them */
	size_t n, room, sorted;
	char *names;
	size_t names_n, names_room;
	uint32_t largest; /* size of a piece */
	uint32_t order;   /* of the piece that was added last */
};

void jit_map_release(struct jit_map *m);
/* Adds what stands in the whole lines of text: how many bytes those are. -ENOMEM. */
ssize_t jit_map_add(struct jit_map *m, const char *text, size_t n) THR_MUST_CHECK;
/* Adds one piece, whose name has len bytes; one of no size, or of too large a one, is passed over. -ENOMEM. */
int jit_map_put(struct jit_map *m, taddr at, uint64_t size, const char *name, size_t len) THR_MUST_CHECK;
/* The piece that has addr; NULL: none, or another was written over it. Sorts what is new. */
const struct jit_piece *jit_map_find(struct jit_map *m, taddr addr);
/*
 * Is it a function of the program, by the name that V8 or HotSpot gives it: one of a file, "JS:~f /src/a.js:1:2", or a
 * method, "void a.B.f(int)"? What they have made for themselves ("Interpreter", "JS:~f node:internal/...") is none.
 */
bool jit_name_is_own(const char *name);
const char *jit_map_name(const struct jit_map *m, const struct jit_piece *p);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The symbols of one file in the order of their addresses: no more of it than is asked for.
 *
 * A large library has 100,000 symbols, of which a run asks for a few dozen, and the program waits meanwhile. So they
 * are dealt out by address to buckets of a few each, in two passes over them; a bucket is sorted when a question
 * leads there.
 *
 * A place is a position in that order: 0 is the lowest address. Symbols of one address are in the order of raw.
 */
#ifndef TRACER_SYMBOL_INDEX_H
#define TRACER_SYMBOL_INDEX_H

#include <thrtrace/base.h>

/* A symbol as the file has it. Its name is read when it is shown. */
struct symbol_raw {
	uint64_t addr, size;
	uint32_t name; /* where in the table of names */
	uint16_t section;
	uint8_t info, strings; /* strings: which of the module's tables of names */
};

struct symbol_index {
	const struct symbol_raw *raw; /* borrowed; as when the index was made */
	size_t n;
	uint64_t low;   /* lowest address */
	unsigned shift; /* a bucket is 2^shift bytes */
	size_t n_buckets;
	uint32_t *order; /* by place: which of raw */
	uint32_t *begin; /* by bucket: its first place; one more ends the last */
	uint64_t *reach; /* by bucket: highest end of its symbols and of all below */
	uint8_t *sorted; /* by bucket: a bit */
};

/* n below 2^32. 0 or -ENOMEM. raw must outlive the index. */
int symbol_index_make(struct symbol_index *x, const struct symbol_raw *raw, size_t n) THR_MUST_CHECK;
/* NULL is allowed, and what was never made (all zero) too. */
void symbol_index_release(struct symbol_index *x);
/* How many symbols begin at or below addr: the places below that are theirs. */
size_t symbol_index_below(struct symbol_index *x, uint64_t addr);
/* Which of raw is at that place, which is below n. */
uint32_t symbol_index_at(struct symbol_index *x, size_t place);
/* False: no symbol at that place or below covers addr, or anything above it. True says nothing. */
bool symbol_index_reaches(const struct symbol_index *x, size_t place, uint64_t addr);

#endif

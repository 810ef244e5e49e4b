/* SPDX-License-Identifier: MIT */
/*
 * The address ranges of one space that are, or may become, a thread's stack. Internal to the model.
 *
 * Ranges never overlap. munmap is not always seen, so a new range simply takes the place of what it covers.
 * Candidates (AREA_MAYBE) are bounded: the eldest makes room for the newest.
 */
#ifndef DECODE_AREAS_H
#define DECODE_AREAS_H

#include <thrtrace/model.h>

#define AREAS_MAYBE_MAX 256

struct areas {
	void *root;                   /* tsearch(3) tree of struct area */
	taddr maybe[AREAS_MAYBE_MAX]; /* ring: lowest byte of each candidate */
	unsigned n_maybe;
};

/* Adds [low, high), dropping what it overlaps. NULL when out of memory or the range is empty. */
struct area *areas_add(struct areas *all, taddr low, taddr high);
/* The area that contains addr, or NULL. */
struct area *areas_find(const struct areas *all, taddr addr);
/* Some area that overlaps [low, high), or NULL. */
struct area *areas_overlapping(const struct areas *all, taddr low, taddr high);
/* Forgets whatever overlaps [low, high). */
void areas_remove(struct areas *all, taddr low, taddr high);
void areas_release(struct areas *all);

#endif

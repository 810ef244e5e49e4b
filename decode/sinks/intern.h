/* SPDX-License-Identifier: MIT */
/* Texts that many tasks have, each kept once: equal texts have equal addresses. Internal to decode/sinks/. */
#ifndef SINKS_INTERN_H
#define SINKS_INTERN_H

#include <uthash.h>

#include <thrtrace/outbuf.h>

struct word {
	UT_hash_handle hh; /* in the order in which they came */
	uint32_t nr;       /* from 0 on, in that order */
	char text[];
};

struct words {
	struct word *first;
	uint32_t n;
};

/* The one copy of b's text, which is emptied. NULL when out of memory. */
const struct word *word_of(struct words *w, struct outbuf *b);
void words_release(struct words *w);

#endif

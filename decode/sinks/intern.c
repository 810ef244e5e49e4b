/* SPDX-License-Identifier: MIT */
#include "sinks/intern.h"

#include <stdlib.h>
#include <string.h>

const struct word *word_of(struct words *words, struct outbuf *b)
{
	struct word *w = NULL;
	size_t n = b->len;

	if (outbuf_status(b))
		return NULL;
	HASH_FIND(hh, words->first, outbuf_str(b), n, w);
	if (!w) {
		w = calloc(1, sizeof(*w) + n + 1);
		if (!w)
			return NULL;
		memcpy(w->text, outbuf_str(b), n);
		HASH_ADD_KEYPTR(hh, words->first, w->text, n, w);
		if (!w->hh.tbl) {
			free(w);
			return NULL;
		}
		w->nr = words->n++;
	}
	outbuf_clear(b);
	return w;
}

void words_release(struct words *words)
{
	struct word *w, *next;

	HASH_ITER (hh, words->first, w, next) {
		HASH_DEL(words->first, w);
		free(w);
	}
}

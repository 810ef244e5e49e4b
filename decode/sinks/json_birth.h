/* SPDX-License-Identifier: MIT */
/* The JSON of a birth. Internal to decode/sinks/. */
#ifndef SINKS_JSON_BIRTH_H
#define SINKS_JSON_BIRTH_H

#include <jansson.h>

#include <thrtrace/event.h>

/* Values that thousands of births have in common, made once. */
struct js_words {
	struct js_word {
		uint64_t flags;
		enum clone_via via;
		json_t *names, *shared, *copied, *fresh; /* NULL: not made yet */
	} word[4];                                       /* a ring */
	size_t next;
	json_t *answer[4]; /* by enum proof_answer; NULL: not made yet */
};

/* The keys of an EV_BIRTH, as thrtrace-json(5) has them. */
void json_put_birth(json_t *o, const struct event *ev, struct js_words *words);
void js_words_release(struct js_words *all);
/* The names of a creating call's flags. */
json_t *js_flag_names(const struct call_clone *c);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The parts of the page: a birth and an end as JSON, with short keys, which page/data.js reads; a finding and a row of
 * the table as HTML. What is not known is left out. Internal to decode/sinks/.
 */
#ifndef SINKS_HTML_PARTS_H
#define SINKS_HTML_PARTS_H

#include <jansson.h>

#include <thrtrace/event.h>
#include <thrtrace/findings.h>
#include <thrtrace/outbuf.h>

#include "sinks/intern.h"

/* The number of this text, which is emptied; null for none. */
json_t *html_word(struct words *words, struct outbuf *b);

/* The keys that those two may have, those that most tasks have first; NULL ends each. */
extern const char *const html_birth_columns[], *const html_end_columns[];
json_t *html_birth(struct words *words, const struct event *ev);
json_t *html_end(struct words *words, const struct event *ev);
/* What each of these flags means, by name. */
json_t *html_flags(uint64_t flags);

/* Text, made harmless within an element or a quoted attribute. */
void html_escape(struct outbuf *out, const char *text);
void html_finding_item(const struct finding *f, struct outbuf *out);
void html_row_head(struct outbuf *out);
/* All but the last cell, which tells of its join; and that. */
void html_row(const struct task *t, struct outbuf *out);
void html_row_end(const char *join, struct outbuf *out);

#endif

/* SPDX-License-Identifier: MIT */
/* Flag words as commands are given them, and who asks. */
#ifndef TRACER_FLAG_WORDS_H
#define TRACER_FLAG_WORDS_H

#include <thrtrace/explain_page.h>

#include "cmd/options.h"

enum { WHO_TEXT = 64 };

/* The call of --call=NAME; 0 for NULL. 0, or -EINVAL. */
int word_call(unsigned *ret, const char *name) THR_MUST_CHECK;
/*
 * Fills q->who with the facts of this process, but with or without the capabilities, and q->who_text with text. 0, or
 * -errno when /proc can't be read.
 */
int word_caller(struct explain_query *q, char text[WHO_TEXT], enum explain_for who) THR_MUST_CHECK;
/*
 * The word with which a function of the C library makes tasks, by its name, and a sentence about that: *ret_note. Else
 * the text itself, and NULL.
 */
const char *word_of_function(const char *text, size_t *len, const char **ret_note);

#endif

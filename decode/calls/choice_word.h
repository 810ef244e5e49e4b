/* SPDX-License-Identifier: MIT */
/* Words of a set of calls, for all that -e has sets of. */
#ifndef DECODE_CHOICE_WORD_H
#define DECODE_CHOICE_WORD_H

#include <thrtrace/choice.h>

/* Sets or clears the calls that one word names ("clone3", "%thread", "/^clone", "all"); false when there are none. */
bool choice_word(struct call_choice *c, const char *word, size_t len, bool value);

#endif

/* SPDX-License-Identifier: MIT */
/* Flag words tried on the running kernel: a task for each row, in a process that is thrown away. */
#ifndef TRACER_TRY_H
#define TRACER_TRY_H

#include <thrtrace/trial.h>

/*
 * Makes the task of the word for each row of trial_rows(), and fills ret, which has room for them. *ret_refused: the
 * errno of the word, positive, where the kernel refuses it; no row was tried then. 0, or -errno when nothing could be
 * tried. Nothing that outlives the call is changed, whatever the word and whatever becomes of a try.
 */
int try_word(struct tried *ret, int *ret_refused, const struct flag_word *w) THR_MUST_CHECK;
/* What is done to try a row, in words; NULL: it is not tried, and *ret_why says why. */
const char *try_text(size_t row, const char **ret_why);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * A flag word tried on the running kernel: what --explain says of each resource, against what was seen. Pure;
 * tracer/try/ makes the tasks and sees.
 *
 * The rows are those of resource_rows(), in their order, and behind them the promises of the call itself
 * (decode/trial/promises.def). Everything returned by pointer is static and const.
 */
#ifndef THRTRACE_TRIAL_H
#define THRTRACE_TRIAL_H

#include <thrtrace/base.h>
#include <thrtrace/explain_page.h>

/* What a row can be: an enum share_state, or, of a promise, kept or not made. */
enum trial_state { TRIAL_YES = SHARE_STATES, TRIAL_NO, TRIAL_STATES };
#define SEEN(state) (1U << (state)) /* in a set of them */

enum { TRIED_TEXT = 160 };

/* What came of one row. A value, filled by whoever tried. */
struct tried {
	unsigned seen;             /* set of SEEN(state): each would look like what was seen; 0: nothing was seen */
	char evidence[TRIED_TEXT]; /* in words */
	char why_not[TRIED_TEXT];  /* where seen is 0 */
};

enum trial_verdict { TRIAL_AGREES, TRIAL_DIFFERS, TRIAL_NOT_TRIED };

struct trial_said {
	unsigned state; /* enum share_state or enum trial_state */
	const char *text;
};

size_t trial_rows(void);
const char *trial_key(size_t row); /* "address_space" */
const char *trial_title(size_t row);
/* "shared", ..., "yes", "no". */
const char *trial_state_name(unsigned state);
/*
 * What is said of a row. The word of an unshare is read as that of a task which at first shares all that unshare can
 * part, and then calls it: trial_word_made.
 */
struct trial_said trial_said(size_t row, const struct flag_word *w);
/* Whether the word's call has to do with the row. */
bool trial_concerns(size_t row, const struct flag_word *w);
/* The flags of the task with which a word is tried: its own; for unshare what that task shares before it calls. */
uint64_t trial_flags_made(const struct flag_word *w);

enum trial_verdict trial_judge(const struct trial_said *said, const struct tried *tried);
/* Of what was seen: as it is said, if that is in the set; else the first in it. TRIAL_STATES for an empty set. */
unsigned trial_state_seen(const struct trial_said *said, const struct tried *tried);

/* The accepted word least away from a refused one: rather by adding flags than by dropping some. False: none. */
bool trial_nearest(struct flag_word *ret, const struct explain_query *q);

struct trial {
	struct explain_query query;
	const struct tried *tried; /* trial_rows() of them */
	int refused;               /* the kernel's answer to the word: errno, positive; 0: accepted */
};

/* PAGE_TEXT: a page of 80 columns; PAGE_JSON: a line a row. How many rows differ, and one for a wrong verdict. */
size_t trial_page(struct outbuf *out, const struct trial *t, enum page_format format);

#endif

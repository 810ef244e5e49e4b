/* SPDX-License-Identifier: MIT */
/*
 * The lessons: one small program each, run with one difference and without it, and what is to be learned from the two.
 * Rows and pages are pure; tracer/lessons/ has the programs and runs them.
 */
#ifndef THRTRACE_LESSONS_H
#define THRTRACE_LESSONS_H

#include <thrtrace/base.h>
#include <thrtrace/outbuf.h>

/* The two ways of a program: built with -DWITH, and without. */
enum lesson_way { LESSON_WITH, LESSON_WITHOUT, LESSON_WAYS };

enum lesson_id {
#define LESSON(id, ...) LESSON_##id,
#include <thrtrace/lessons.def>
#undef LESSON
	LESSONS
};

struct lesson {
	const char *name;
	const char *flag;    /* "CLONE_VM"; "": it is about no flag */
	const char *chapter; /* that begins with it; "": it goes on */
	const char *title, *intro;
	const char *head[LESSON_WAYS]; /* what each way is called */
	/* What each prints where it can run, and how it ended, unless by status 0: lines of LESSON_COLUMNS at most. */
	const char *says[LESSON_WAYS];
	const char *differs, *remember, *wrong, *source;
};

#define LESSON_COLUMNS 37 /* of 80, twice and what is between */
/* The exit status of a program that can't do here what it is about; it has said why, but for want of a process. */
#define LESSON_SKIPPED 77

/* One lesson that has been given: what was printed, as struct lesson's says; NULL: it was not run. */
struct lesson_given {
	const struct lesson *row;
	const char *program; /* its source */
	const char *said[LESSON_WAYS];
	bool skipped[LESSON_WAYS]; /* it could not be tried: said has the reason */
	unsigned width;            /* of a line of text: 0: 80. Below 80 the two outputs do not stand side by side */
};

/* NULL past the last. They are in the order of the course. */
const struct lesson *lesson_at(size_t i);
/* By its name or its flag, with or without CLONE_, in any case of letters; LESSONS: there is none. */
size_t lesson_find(const char *word);
/* The number of a row, from 1. */
size_t lesson_number(const struct lesson *row);
/* Both ways have said what the row says; so it is not where one was skipped. */
bool lesson_as_told(const struct lesson_given *g);

enum lesson_format { LESSON_TEXT, LESSON_JSON, LESSON_MARKDOWN, LESSON_HTML, LESSON_C, LESSON_MAN, LESSON_FORMATS };

/* All that there are, a line each; LESSON_JSON: an object a line; LESSON_MAN: man/thrtrace-lessons.7. width:
 * as in struct lesson_given. */
void lessons_list(struct outbuf *out, enum lesson_format format, unsigned width);
/* What stands before the first lesson and behind the last. kernel: as "Linux 6.18". all: it is the whole course. */
void lessons_head(struct outbuf *out, enum lesson_format format, const char *kernel, bool all);
void lessons_tail(struct outbuf *out, enum lesson_format format);
/* One lesson. LESSON_C: its program alone. */
void lesson_page(struct outbuf *out, const struct lesson_given *g, enum lesson_format format);

#endif

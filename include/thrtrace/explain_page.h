/* SPDX-License-Identifier: MIT */
/*
 * The pages that explain: one flag word, the table of flags, the table of resources. Pure writers into a struct
 * outbuf, whose status tells of failure.
 */
#ifndef THRTRACE_EXPLAIN_PAGE_H
#define THRTRACE_EXPLAIN_PAGE_H

#include <thrtrace/explain.h>
#include <thrtrace/verdict.h>

enum page_format { PAGE_TEXT, PAGE_JSON, PAGE_MARKDOWN, PAGE_MAN, PAGE_FORMATS };

struct explain_query {
	struct flag_word word;
	struct caller_facts who; /* for whom the verdict is */
	const char *who_text;    /* "this process (uid 1000)" */
};

/*
 * The verdict on a word, with all arguments outside it taken as good: a stack of its own with CLONE_VM, valid and
 * distinct pointers, an open cgroup.
 */
void explain_verdict(struct verdict *ret, const struct explain_query *q);
/* PAGE_TEXT: a page of 80 columns; PAGE_JSON: one line. The other formats are written as text. */
void explain_page(struct outbuf *out, const struct explain_query *q, enum page_format format);
/* All formats; PAGE_MAN is man/thrtrace-flags.7. */
void flags_page(struct outbuf *out, enum page_format format);
/* PAGE_TEXT, PAGE_JSON, PAGE_MARKDOWN. */
void resources_page(struct outbuf *out, enum page_format format);
/* Their parts, for some rows alone: what stands above the rows, and one row. */
void flags_head(struct outbuf *out, enum page_format format);
void flags_row(struct outbuf *out, const struct clone_flag *row, enum page_format format);
void resources_head(struct outbuf *out, enum page_format format);
void resources_row(struct outbuf *out, const struct resource_row *row, enum page_format format);
/* PAGE_FORMATS when there is no format of this name. */
enum page_format page_format_by_name(const char *name);

/* What such pages are made of. A line "  name      text", wrapped; none for an empty text. */
void page_entry(struct outbuf *out, const char *name, const char *text);
/* Text for roff: a backslash and a dash are special. It must not begin a line with a dot or a quote. */
void page_roff(struct outbuf *out, const char *text);
/* The same with a name before it, on a line of its own; none for an empty text. */
void page_roff_entry(struct outbuf *out, const char *name, const char *text);
/* Text broken at blanks and after bars (flag words), so that no line passes `width` columns; lines after the first
 * start at column `indent`. */
void wrap_format(struct outbuf *out, const char *text, size_t indent, size_t width);

#endif

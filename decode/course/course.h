/* SPDX-License-Identifier: MIT */
/* What the pages of lessons share. */
#ifndef COURSE_COURSE_H
#define COURSE_COURSE_H

#include <thrtrace/lessons.h>

/* What is to be said before row->differs: "", but where it did not come out so. */
const char *lesson_differing(const struct lesson_given *g);

/* A page in each format. */
void lesson_text(struct outbuf *out, const struct lesson_given *g);
void lesson_json(struct outbuf *out, const struct lesson_given *g);
void lesson_markdown(struct outbuf *out, const struct lesson_given *g);
void lesson_html(struct outbuf *out, const struct lesson_given *g);
void lessons_html_head(struct outbuf *out, const char *kernel, bool all);
void lessons_html_tail(struct outbuf *out);
void lessons_man(struct outbuf *out);

#endif

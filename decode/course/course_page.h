/* SPDX-License-Identifier: MIT */
/* The style of the booklet: course.css, embedded by text/embed.cmake. */
#ifndef COURSE_COURSE_PAGE_H
#define COURSE_COURSE_PAGE_H

extern const char course_css[];

#endif

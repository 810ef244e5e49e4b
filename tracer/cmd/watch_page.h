/* SPDX-License-Identifier: MIT */
/* What --watch shows on a terminal, and what keys do to it. The terminal itself is screen.h's. */
#ifndef TRACER_WATCH_PAGE_H
#define TRACER_WATCH_PAGE_H

#include <thrtrace/census.h>

struct watch_page {
	struct census_view view;
	struct census_filter filter;
	enum census_by came_from; /* the grouping whose group was opened */
	bool opened;              /* the threads of one group */
	bool asking;              /* the name to filter by is being typed */
	bool frozen;
	bool done;                /* the user has had enough */
	pid_t thread;             /* whose page is shown; 0: the table */
	size_t chosen;            /* row */
	size_t first;             /* of those that are visible */
	char said[128];           /* the last line, in place of the keys */
	struct census_task under; /* of the chosen row the first, as it was drawn */
	/* Of the census that is shown: */
	struct census_group *group;
	size_t n;
};

void watch_page_init(struct watch_page *p, const struct census_view *view);
void watch_page_release(struct watch_page *p);
/* Draws c: all of it, or what the filter leaves. 0 or -ENOMEM. */
int watch_page_draw(struct watch_page *p, const struct census *c) THR_MUST_CHECK;
/* A key of screen.h. True: the page is another one now. */
bool watch_page_key(struct watch_page *p, int key);

#endif

/* SPDX-License-Identifier: MIT */
/* Which columns the table of calls has (-c, -C), and by which its rows are sorted: the words of strace's -U and -S. */
#ifndef THRTRACE_COUNTS_H
#define THRTRACE_COUNTS_H

#include <stddef.h>
#include <stdint.h>

#include <thrtrace/base.h>

enum count_column {
	COUNT_PERCENT, /* of the time of all calls */
	COUNT_TIME,    /* from the stop before each call to the stop after it, in all */
	COUNT_MIN,
	COUNT_MAX,
	COUNT_AVG,
	COUNT_CALLS,
	COUNT_ERRORS,
	COUNT_THREADS, /* calls of other threads than their process's first */
	COUNT_NAME,
	COUNT_NOTHING, /* for the sort: rows stay as they come. No column */
	COUNT_COLUMNS = COUNT_NOTHING
};

/* Zeroed: strace's usual columns, by time. */
struct count_choice {
	uint8_t column[COUNT_COLUMNS + 1]; /* enum count_column, in their order */
	unsigned n;                        /* of them; 0: the usual ones */
	enum count_column sort;
};

/* "calls", "avg-time", "none"... 0, or -EINVAL with a sentence in err. */
int count_sort_parse(struct count_choice *c, const char *word, char *err, size_t err_size) THR_MUST_CHECK;
/* "calls,time-percent", each once; the name comes last where it is missing. 0, or -EINVAL with a sentence in err. */
int count_columns_parse(struct count_choice *c, const char *list, char *err, size_t err_size) THR_MUST_CHECK;

#endif

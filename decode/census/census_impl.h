/* SPDX-License-Identifier: MIT */
/* Between the files of this room. */
#ifndef CENSUS_IMPL_H
#define CENSUS_IMPL_H

#include <jansson.h>

#include <thrtrace/census_stacks.h>

/* The call in which t sleeps is futex(2). */
bool census_in_futex(const struct census *c, const struct census_task *t);

/* One task as a group. */
struct census_group census_group_of(const struct census_task *t);

/* All columns of one thread, the call that it is in and its lock. */
json_t *census_thread_json(const struct census *c, const struct census_group *g, const char *event);
json_t *census_frames_json(const struct census_stack *s);

/* Bytes as people read a sum of them: "17.6 GiB", "0". */
void census_size(struct outbuf *out, uint64_t bytes);
/* The seconds of the interval. */
double census_seconds(const struct census *c);
/* CPUs of "0-1,4"; 0 when it is no such list. */
unsigned census_cpus(const char *list);

/* What stands in a column of a group. */
struct census_value {
	bool known;
	double number; /* for sorting, too; of bytes and nanoseconds, as they are */
	int range[2];
	uint64_t span[2];
	const char *text;
};
struct census_value census_value_of(const struct census *c, const struct census_group *g, enum census_column col);
/* The same as text; nothing for what is not known. */
void census_cell(const struct census *c, const struct census_group *g, enum census_column col, struct outbuf *out);

struct census_column_row {
	const char *name, *title;
	unsigned width;
	enum census_kind kind;
	unsigned shown;
	const char *help;
};
extern const struct census_column_row census_column_rows[CENSUS_COLUMNS];
/* Set to the right, and sorted from high to low. */
static inline bool census_is_number(enum census_column col)
{
	return census_column_rows[col].kind < CENSUS_RANGE;
}

/* The column that is the same for all of a group: the name where that is more than one, or none. */
static inline enum census_column census_column_of(enum census_by by)
{
	return by == BY_START ? COL_START : by == BY_ROLE ? COL_ROLE : COL_NAME;
}

#endif

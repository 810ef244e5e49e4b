/* SPDX-License-Identifier: MIT */
/* The columns of a census: which there are, and which are shown. */
#include "census/census_impl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const struct census_column_row census_column_rows[CENSUS_COLUMNS] = {
#define COLUMN(id, name, title, width, kind, shown, help) { name, title, width, CENSUS_##kind, shown, help },
#include <thrtrace/census_columns.def>
#undef COLUMN
};

int census_column_by_name(enum census_column *ret, const char *name, size_t len)
{
	for (unsigned i = 0; i < CENSUS_COLUMNS; i++)
		if (strlen(census_column_rows[i].name) == len && memcmp(census_column_rows[i].name, name, len) == 0) {
			*ret = (enum census_column)i;
			return 0;
		}
	return -EINVAL;
}

const char *census_column_name(enum census_column col)
{
	return census_column_rows[col].name;
}

void census_column_names(struct outbuf *out)
{
	for (unsigned i = 0; i < CENSUS_COLUMNS; i++)
		outbuf_printf(out, "%s%s", i ? "," : "", census_column_rows[i].name);
}

void census_view_init(struct census_view *v, enum census_by by)
{
	*v = (struct census_view){ .by = by, .sort = COL_CPU };
	for (unsigned i = 0; i < CENSUS_COLUMNS; i++)
		if ((census_column_rows[i].shown & (by == BY_THREAD ? 2U : 1U)) || i == census_column_of(by))
			v->column[v->n_columns++] = (enum census_column)i;
}

bool census_view_asks(const struct census_view *v, enum census_column col)
{
	bool shown = false;

	for (size_t i = 0; i < v->n_columns; i++)
		shown |= v->column[i] == col;
	return shown || v->sort == col || census_column_of(v->by) == col;
}

int census_view_columns(struct census_view *v, const char *names, char error[256])
{
	struct outbuf all;

	v->n_columns = 0;
	for (const char *at = names; *at; at += strspn(at, ",")) {
		size_t len = strcspn(at, ",");
		enum census_column col;
		if (v->n_columns == CENSUS_COLUMNS || census_column_by_name(&col, at, len)) {
			outbuf_init(&all, 512);
			census_column_names(&all);
			snprintf(error, 256, "no column '%.*s'; there are %.190s", len < 20 ? (int)len : 20, at,
				outbuf_str(&all));
			outbuf_release(&all);
			return -EINVAL;
		}
		v->column[v->n_columns++] = col;
		at += len;
	}
	return 0;
}

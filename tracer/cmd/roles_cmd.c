/* SPDX-License-Identifier: MIT */
/* The table of roles: all of it, or the rows that are named. */
#include <string.h>
#include <strings.h>

#include <thrtrace/roles_page.h>

#include "cmd/commands.h"
#include "cmd/print.h"

static bool is_it(const struct role_row *row, const char *word)
{
	return strcmp(row->id, word) == 0;
}

static bool is_of(const struct role_row *row, const char *word)
{
	return strcasecmp(row->runtime, word) == 0;
}

static bool is_like(const struct role_row *row, const char *word)
{
	return *word && (strcasestr(row->runtime, word) || strcasestr(row->id, word) || strcasestr(row->label, word));
}

/* The row of that id; else those of that runtime; else all in whose runtime, id or label the word stands. */
static size_t rows_of_word(struct outbuf *out, const char *word, enum page_format format, struct outbuf *err)
{
	static bool (*const ways[])(const struct role_row *row, const char *word) = { is_it, is_of, is_like };
	const struct role_row *row;
	size_t found = 0;

	for (size_t way = 0; way < ARRAY_SIZE(ways) && !found; way++)
		for (size_t i = 0; (row = role_row_at(i)); i++)
			if (ways[way](row, word)) {
				roles_row(out, row, format);
				found++;
			}
	if (!found)
		outbuf_printf(err, "thrtrace: no runtime or role is called '%.40s'; --roles alone shows all\n", word);
	return found;
}

int roles_cmd(struct options *o)
{
	static const struct printed_table table = { roles_page, roles_head, rows_of_word };

	return print_table(o, &table);
}

/* SPDX-License-Identifier: MIT */
/* The table of roles: all of it, or the rows that are named. */
#include <string.h>

#include <thrtrace/roles_page.h>

#include "cmd/commands.h"
#include "cmd/print.h"

/* The row of that id; else all of the runtimes in whose name the word stands, or in whose id. */
static size_t rows_of_word(struct outbuf *out, const char *word, enum page_format format, struct outbuf *err)
{
	const struct role_row *row;
	size_t found = 0;

	for (size_t i = 0; (row = role_row_at(i)); i++)
		if (strcmp(row->id, word) == 0) {
			roles_row(out, row, format);
			return 1;
		}
	for (size_t i = 0; *word && (row = role_row_at(i)); i++)
		if (strcasestr(row->runtime, word) || strcasestr(row->id, word)) {
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

/* SPDX-License-Identifier: MIT */
/* The table of resources: all of it, or the rows that are named. */
#include <string.h>
#include <strings.h>

#include "cmd/commands.h"
#include "cmd/print.h"

static bool is_named(const struct resource_row *row, const char *word)
{
	return strcasecmp(row->key, word) == 0 || strcasecmp(row->title, word) == 0;
}

static bool is_like(const struct resource_row *row, const char *word)
{
	return *word && (strcasestr(row->key, word) || strcasestr(row->title, word));
}

static size_t put_rows(struct outbuf *out, const char *word, enum page_format format,
	bool (*fits)(const struct resource_row *row, const char *word))
{
	size_t n, found = 0;
	const struct resource_row *rows = resource_rows(&n);

	for (size_t i = 0; i < n; i++)
		if (fits(&rows[i], word)) {
			resources_row(out, &rows[i], format);
			found++;
		}
	return found;
}

/* The row of that key or title; else all in whose key or title the word stands. */
static size_t rows_of_word(struct outbuf *out, const char *word, enum page_format format, struct outbuf *err)
{
	size_t found = put_rows(out, word, format, is_named);

	if (!found)
		found = put_rows(out, word, format, is_like);
	if (!found)
		outbuf_printf(err, "thrtrace: no resource is called '%.40s'; --resources alone shows all\n", word);
	return found;
}

int resources_cmd(struct options *o)
{
	static const struct printed_table table = { resources_page, resources_head, rows_of_word };

	return print_table(o, &table);
}

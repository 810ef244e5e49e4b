/* SPDX-License-Identifier: MIT */
/* The table of findings: all of it, or the rows that are named. */
#include <string.h>

#include <thrtrace/findings.h>

#include "cmd/commands.h"
#include "cmd/print.h"

/* The row of that id; else all in whose id the word stands. */
static size_t rows_of_word(struct outbuf *out, const char *word, enum page_format format, struct outbuf *err)
{
	const struct finding_row *row = finding_row_of(word, strlen(word));
	size_t found = 0;

	if (row) {
		findings_row(out, row, format);
		return 1;
	}
	for (size_t i = 0; *word && (row = finding_row_at(i)); i++)
		if (strstr(row->id, word)) {
			findings_row(out, row, format);
			found++;
		}
	if (!found)
		outbuf_printf(err, "thrtrace: no finding is called '%.40s'; --findings alone shows all\n", word);
	return found;
}

int findings_cmd(struct options *o)
{
	static const struct printed_table table = { findings_page, findings_head, rows_of_word };

	return print_table(o, &table);
}

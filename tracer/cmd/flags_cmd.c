/* SPDX-License-Identifier: MIT */
/* The table of flags: all of it, or the rows of the flags that are named, as for --explain. */
#include <string.h>

#include "cmd/commands.h"
#include "cmd/print.h"

/* The row that a bit of the word has: in the call that the word is for, else in any. */
static const struct clone_flag *row_of(uint64_t bit, enum flag_call call)
{
	const struct clone_flag *row = clone_flag_of(bit, call);

	return row ? row : clone_flag_of(bit, ON_CLONE3);
}

static size_t rows_of_word(struct outbuf *out, const char *word, enum page_format format, struct outbuf *err)
{
	const struct clone_flag *named = clone_flag_by_name(word, strlen(word)); /* also one that is gone from Linux */
	char why[WORD_ERROR_LEN];
	struct flag_word w;
	size_t n = 0;

	if (named) {
		flags_row(out, named, format);
		return 1;
	}
	if (flag_word_parse(&w, word, strlen(word), 0, why) < 0) {
		outbuf_printf(err, "thrtrace: %s\n", why);
		return 0;
	}
	for (unsigned i = 0; i < 64; i++) {
		uint64_t bit = w.flags & UINT64_C(1) << i;
		const struct clone_flag *row = bit ? row_of(bit, w.call) : NULL;
		if (row)
			flags_row(out, row, format);
		n += row != NULL;
	}
	if (!n)
		outbuf_printf(err, "thrtrace: no flag is in '%.40s'\n", word);
	return n;
}

int flags_cmd(struct options *o)
{
	static const struct printed_table table = { flags_page, flags_head, rows_of_word };

	return print_table(o, &table);
}

/* SPDX-License-Identifier: MIT */
#include "cmd/help_cmd.h"

#include <string.h>

#include "cmd/commands.h"
#include "cmd/print.h"

#define HELP_COLUMN 30
#define HELP_WIDTH  80

/* Words, wrapped behind the column. */
static void wrapped(struct outbuf *out, const char *text)
{
	size_t col = HELP_COLUMN;

	outbuf_pad(out, HELP_COLUMN);
	while (*text) {
		size_t len = strcspn(text, " ");
		if (col > HELP_COLUMN && col + 1 + len > HELP_WIDTH) {
			outbuf_putc(out, '\n');
			outbuf_pad(out, HELP_COLUMN);
			col = HELP_COLUMN;
		} else if (col > HELP_COLUMN) {
			outbuf_putc(out, ' ');
			col++;
		}
		outbuf_put(out, text, len);
		col += len;
		text += len;
		text += strspn(text, " ");
	}
	outbuf_putc(out, '\n');
}

/* "=text|json|...": words that have no room are continued in the next line. */
static void put_value(struct outbuf *out, size_t start, const char *value)
{
	outbuf_putc(out, '=');
	while (*value) {
		size_t len = strcspn(value, "|") + (strchr(value, '|') != NULL);
		if (out->len - start + len > HELP_WIDTH) {
			outbuf_putc(out, '\n');
			start = out->len;
			outbuf_pad(out, 8);
		}
		outbuf_put(out, value, len);
		value += len;
	}
}

static void put_row(struct outbuf *out, const struct option_row *row)
{
	size_t start = out->len;

	if (row->kind == OPTION_HEADING) {
		outbuf_printf(out, "\n%s:\n", row->help);
		return;
	}
	if (row->letter)
		outbuf_printf(out, "  -%c, --%s", row->letter, row->name);
	else
		outbuf_printf(out, "      --%s", row->name);
	if (row->value && row->optional)
		outbuf_printf(out, "[=%s]", row->value);
	else if (row->value)
		put_value(out, start, row->value);
	if (out->len - start >= HELP_COLUMN)
		outbuf_putc(out, '\n');
	wrapped(out, row->help);
}

void help_page(struct outbuf *out, struct option_table table)
{
	outbuf_puts(out,
		"Usage: thrtrace [OPTION...] [--] PROGRAM [ARG...]\n"
		"       thrtrace [OPTION...] -p PROCESS[,...]\n"
		"       thrtrace --observe [OPTION...] PROGRAM [ARG...]\n"
		"       thrtrace --replay=FILE [OPTION...]\n"
		"       thrtrace --snapshot PROCESS... | --watch PROCESS [OPTION...]\n"
		"       thrtrace --explain-thread TID [--stacks]\n"
		"       thrtrace --shared TID TID | --diff A B | --cost [--cost-with=COMMAND]\n"
		"       thrtrace --explain WORD... | --try WORD... | --flags [WORD...]\n"
		"       thrtrace --resources [WORD...] | --findings [WORD...]\n"
		"       thrtrace --lesson [NAME...|all] | --roles [RUNTIME...]\n"
		"\nTraces the life of threads: what makes one, what it shares, where its stack\n"
		"lies, how it ends and who waits for it.\n");
	for (size_t i = 0; i < table.n; i++)
		put_row(out, &table.row[i]);
	outbuf_puts(out,
		"\nExit status: the program's own, or dead by the same signal; that of\n"
		"--error-exitcode or --fail-on when there was such a finding; 125 when thrtrace\n"
		"itself fails, 126 when the program can't be run, 127 when it isn't found.\n"
		"With -p: 0, or 1 when nothing could be attached to.\n"
		"--replay: 0 when the whole trace was printed, 1 when not, 125 when none of it.\n");
}

static void page(struct outbuf *out)
{
	help_page(out, option_rows());
}

int help_cmd(struct options *o)
{
	(void)o;
	return print_page(page);
}

/* SPDX-License-Identifier: MIT */
/* The table of findings, in every format, from the rows by which they are found. */
#include <thrtrace/findings.h>

#include "text/json_values.h"

static const struct {
	const char *option, *name; /* on the command line; for programs */
} ways[FINDING_WAYS] = {
	[WAY_STOPS] = { "by default", "default" },
	[WAY_LIGHT] = { "--light", "light" },
	[WAY_OBSERVE] = { "--observe", "observe" },
	[WAY_OBSERVED] = { "--observe --creators=on", "observe-creators" },
};

/* "by default, --light, some with --observe" */
static const char *told_text(struct outbuf *out, const struct finding_row *row)
{
	for (unsigned i = 0; i < FINDING_WAYS; i++) {
		bool part = row->ways >> FINDING_WAYS & 1U << i;
		if (part || row->ways & 1U << i)
			outbuf_printf(out, "%s%s%s", out->len ? ", " : "", part ? "some with " : "", ways[i].option);
	}
	return outbuf_str(out);
}

static json_t *told_json(unsigned bits)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < FINDING_WAYS; i++)
		if (bits & 1U << i)
			(void)json_array_append_new(list, json_string(ways[i].name));
	return list;
}

static void row_text(struct outbuf *out, const struct finding_row *row)
{
	struct outbuf told;

	outbuf_init(&told, 256);
	outbuf_printf(out, "%s (%s)\n", row->id, severity_word(row->severity));
	page_entry(out, "what", row->what);
	page_entry(out, "why", row->why);
	page_entry(out, "repair", row->repair);
	page_entry(out, "told", told_text(&told, row));
	page_entry(out, "source", row->sources);
	outbuf_putc(out, '\n');
	outbuf_release(&told);
}

static void row_json(struct outbuf *out, const struct finding_row *row)
{
	json_t *o = json_object();

	js_put(o, "id", json_string(row->id));
	js_put(o, "severity", json_string(severity_word(row->severity)));
	js_put(o, "what", json_string(row->what));
	js_put(o, "why", json_string(row->why));
	js_put(o, "repair", json_string(row->repair));
	js_put(o, "ways", told_json(row->ways));
	js_put(o, "ways_in_part", told_json(row->ways >> FINDING_WAYS));
	js_put(o, "source", json_string(row->sources));
	(void)js_write(o, out); /* out's own status tells */
	outbuf_putc(out, '\n');
}

static void row_markdown(struct outbuf *out, const struct finding_row *row)
{
	struct outbuf told;

	outbuf_init(&told, 256);
	outbuf_printf(out, "| `%s` | %s | %s | %s | %s | %s | %s |\n", row->id, severity_word(row->severity), row->what,
		row->why, row->repair, told_text(&told, row), row->sources);
	outbuf_release(&told);
}

static void row_man(struct outbuf *out, const struct finding_row *row)
{
	struct outbuf told;

	outbuf_init(&told, 256);
	outbuf_puts(out, ".TP\n.BR ");
	page_roff(out, row->id);
	outbuf_printf(out, " \" (%s)\"\n", severity_word(row->severity));
	page_roff(out, row->what);
	outbuf_puts(out, ".\n");
	page_roff_entry(out, "Why", row->why);
	page_roff_entry(out, "To repair", row->repair);
	page_roff_entry(out, "Told", told_text(&told, row));
	page_roff_entry(out, "Source", row->sources);
	outbuf_release(&told);
}

static void man_page(struct outbuf *out)
{
	static const struct {
		enum severity severity;
		const char *title, *text;
	} parts[] = {
		{ SEVERITY_ERROR, "ERRORS", "The program does not do what its author meant, or soon won't." },
		{ SEVERITY_WARNING, "WARNINGS", "It works by luck, or only here." },
		{ SEVERITY_NOTE, "NOTES",
			"The program is in order, but the trace or its result is not what one expects." },
	};

	outbuf_puts(out,
		".\\\" SPDX-License-Identifier: MIT\n"
		".\\\" Generated from decode/findings/findings.def by \"thrtrace --findings --format=man\": edit the "
		"rows.\n"
		".TH THRTRACE-FINDINGS 7 \"\" \"thrtrace\" \"Linux threads\"\n"
		".SH NAME\nthrtrace-findings \\- what thrtrace finds wrong or odd about threads\n"
		".SH DESCRIPTION\n"
		".BR thrtrace (1)\nmarks a finding with\n.B !!\n"
		"in its text, and has a line\n.B finding\nfor it in JSON. Each has an id that never changes its "
		"meaning:\n"
		"by that\n.BR \\-\\-fail\\-on \" and \" \\-\\-ignore\nname it.\n"
		"What can't be known in the way in which a program is traced is not told: nothing is guessed. For each "
		"it is said in\n"
		"which ways it is told: by default and with\n.BR \\-\\-no\\-seccomp ,\nwhere calls stop; with\n.BR "
		"\\-\\-light ,\n"
		"where births and ends do, and signals; with\n.BR \\-\\-observe ,\nwhere nothing does.\n");
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		outbuf_printf(out, ".SH %s\n%s\n", parts[i].title, parts[i].text);
		for (size_t j = 0; finding_row_at(j); j++)
			if (finding_row_at(j)->severity == parts[i].severity)
				row_man(out, finding_row_at(j));
	}
	outbuf_puts(
		out, ".SH SEE ALSO\n.BR thrtrace (1),\n.BR thrtrace\\-json (5),\n.BR pthreads (7),\n.BR clone (2)\n");
}

void findings_head(struct outbuf *out, enum page_format format)
{
	if (format == PAGE_MARKDOWN)
		outbuf_puts(out,
			"| Finding | Severity | What | Why | To repair | Told | Source "
			"|\n|---|---|---|---|---|---|---|\n");
}

void findings_row(struct outbuf *out, const struct finding_row *row, enum page_format format)
{
	static void (*const put[PAGE_FORMATS])(struct outbuf * out, const struct finding_row *row) = {
		[PAGE_TEXT] = row_text, [PAGE_JSON] = row_json, [PAGE_MARKDOWN] = row_markdown, [PAGE_MAN] = row_man
	};

	put[format](out, row);
}

void findings_page(struct outbuf *out, enum page_format format)
{
	if (format == PAGE_MAN) {
		man_page(out);
		return;
	}
	findings_head(out, format);
	for (size_t i = 0; finding_row_at(i); i++)
		findings_row(out, finding_row_at(i), format);
}

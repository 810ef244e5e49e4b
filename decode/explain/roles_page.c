/* SPDX-License-Identifier: MIT */
/* The table of roles, in every format, from the rows by which they are recognised. */
#include <thrtrace/roles_page.h>

#include <string.h>

#include <thrtrace/tables.h>

#include "text/json_values.h"

/* A pattern as people read one: "a, b". */
static void put_pattern(struct outbuf *out, const char *pattern)
{
	for (const char *at = pattern; *at; at++)
		outbuf_printf(out, *at == '|' ? ", " : "%c", *at);
}

static void put_through(struct outbuf *out, const char *through)
{
	bool negated = through[0] == '!' || through[0] == '~';
	bool module = through[0] == '@';

	outbuf_puts(out, negated ? "not made by " : module ? "made by code in " : "made by ");
	put_pattern(out, through + (negated || module));
}

/* What it is recognised by. */
static void put_marks(struct outbuf *out, const struct role_row *row)
{
	const char *sep = "";

	if (row->task_flags) {
		outbuf_printf(out, "%s", row->task_flags == ROLE_PF_IO_WORKER ? "PF_IO_WORKER" : "PF_USER_WORKER");
		sep = "; ";
	}
	if (row->name) {
		outbuf_printf(out, "%sname ", sep);
		put_pattern(out, row->name);
		sep = "; ";
	}
	if (row->start) {
		outbuf_printf(out, "%sstarts in ", sep);
		put_pattern(out, row->start);
		sep = "; ";
	}
	if (row->through) {
		outbuf_puts(out, sep);
		put_through(out, row->through);
	}
}

/* What is enough where no start is known: --snapshot. */
static void put_there(struct outbuf *out, const struct role_row *row)
{
	const char *own = row->there ? strchr(row->there, '=') : NULL;

	if (row->task_flags) {
		outbuf_puts(out, "yes");
		return;
	}
	if (!row->there) {
		outbuf_puts(out, "no: its name is no mark");
		return;
	}
	outbuf_puts(out, "name ");
	put_pattern(out, own ? own + 1 : row->name);
	outbuf_printf(out, ", where %.*s is mapped", (int)strcspn(row->there, "="), row->there);
}

typedef void put_part(struct outbuf *out, const struct role_row *row);

static void put_ends(struct outbuf *out, const struct role_row *row)
{
	outbuf_puts(out, role_ends_words(row->ends));
}

static void put_setting(struct outbuf *out, const struct role_row *row)
{
	outbuf_puts(out, row->setting);
}

static void put_seen(struct outbuf *out, const struct role_row *row)
{
	outbuf_puts(out, row->seen);
}

static const struct {
	const char *text, *man;
	put_part *put;
} parts[] = {
	{ "how many", "How many, and their stacks", put_setting },
	{ "ends", "Ends", put_ends },
	{ "marks", "Marks", put_marks },
	{ "/proc", "By /proc alone", put_there },
	{ "known", "Known", put_seen },
};

static void row_text(struct outbuf *out, const struct role_row *row)
{
	struct outbuf b;

	outbuf_init(&b, 4096);
	outbuf_printf(out, "%s: ", row->id);
	role_label_format(out, row);
	outbuf_putc(out, '\n');
	page_entry(out, "what", row->what);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		outbuf_clear(&b);
		parts[i].put(&b, row);
		page_entry(out, parts[i].text, outbuf_str(&b));
	}
	outbuf_putc(out, '\n');
	outbuf_release(&b);
}

static void row_json(struct outbuf *out, const struct role_row *row)
{
	static const char *const ends[] = { [ROLE_STAYS] = "stays",
		[ROLE_IDLE] = "idle",
		[ROLE_DONE] = "done",
		[ROLE_USED] = "used",
		[ROLE_KEPT] = "kept" };
	json_t *o = json_object();

	js_put(o, "id", json_string(row->id));
	js_put(o, "runtime", json_string(row->runtime));
	js_put(o, "label", json_string(row->label));
	js_put(o, "name", js_sentence(row->name));
	js_put(o, "start", js_sentence(row->start));
	js_put(o, "through", js_sentence(row->through));
	js_put(o, "there", js_sentence(row->there));
	js_put(o, "task_flags", js_hex(row->task_flags));
	js_put(o, "ends", json_string(ends[row->ends]));
	js_put(o, "what", json_string(row->what));
	js_put(o, "setting", json_string(row->setting));
	js_put(o, "seen", json_string(row->seen));
	(void)js_write(o, out); /* out's own status tells */
	outbuf_putc(out, '\n');
}

/* A bar ends a cell. */
static void put_cell(struct outbuf *out, const char *text)
{
	outbuf_puts(out, " | ");
	for (; *text; text++)
		outbuf_printf(out, *text == '|' || *text == '*' ? "\\%c" : "%c", *text);
}

static void row_markdown(struct outbuf *out, const struct role_row *row)
{
	struct outbuf b;

	outbuf_init(&b, 4096);
	outbuf_printf(out, "| `%s` | %s", row->id, row->runtime);
	put_cell(out, row->label);
	put_cell(out, row->what);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		outbuf_clear(&b);
		parts[i].put(&b, row);
		put_cell(out, outbuf_str(&b));
	}
	outbuf_puts(out, " |\n");
	outbuf_release(&b);
}

static void row_man(struct outbuf *out, const struct role_row *row)
{
	struct outbuf b;

	outbuf_init(&b, 4096);
	outbuf_puts(out, ".TP\n.BR ");
	page_roff(out, row->id);
	outbuf_puts(out, " \" (");
	page_roff(out, row->label);
	outbuf_puts(out, ")\"\n");
	page_roff(out, row->what);
	outbuf_puts(out, ".\n");
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		outbuf_clear(&b);
		parts[i].put(&b, row);
		page_roff_entry(out, parts[i].man, outbuf_str(&b));
	}
	outbuf_release(&b);
}

static void man_page(struct outbuf *out)
{
	const struct role_row *row;
	const char *runtime = "";

	outbuf_puts(out,
		".\\\" SPDX-License-Identifier: MIT\n"
		".\\\" Generated from decode/tables/roles.def by \"thrtrace --roles --format=man\": edit the rows.\n"
		".TH THRTRACE-ROLES 7 \"\" \"thrtrace\" \"Linux threads\"\n"
		".SH NAME\nthrtrace-roles \\- threads of runtimes and libraries that thrtrace knows\n"
		".SH DESCRIPTION\n"
		"What a thread is for that a known runtime or library makes, and which setting decides how many there "
		"are.\n"
		".BR thrtrace (1)\nsays a role only where all of a row's marks agree: the name of the thread, where it "
		"starts\n"
		"(MODULE:SYMBOL), and which function was on its creator's stack. In patterns * is any text, and % a "
		"number.\n"
		"Without a trace the creator is not known, and what a thread was made to run only where glibc's record "
		"of it\n"
		"can be read; else its name and the files that are mapped have to do: \"By /proc alone\" says\n"
		"whether that is enough.\n");
	for (size_t i = 0; (row = role_row_at(i)); i++) {
		if (strcmp(runtime, row->runtime) != 0)
			outbuf_printf(out, ".SH \"%s\"\n", row->runtime);
		runtime = row->runtime;
		row_man(out, row);
	}
	outbuf_puts(out, ".SH SEE ALSO\n.BR thrtrace (1),\n.BR thrtrace\\-json (5),\n.BR pthreads (7)\n");
}

void roles_head(struct outbuf *out, enum page_format format)
{
	if (format == PAGE_MARKDOWN)
		outbuf_puts(out,
			"| Role | Runtime | Label | What | How many | Ends | Marks | By /proc alone | Known |\n"
			"|---|---|---|---|---|---|---|---|---|\n");
}

void roles_row(struct outbuf *out, const struct role_row *row, enum page_format format)
{
	static put_part *const put[PAGE_FORMATS] = {
		[PAGE_TEXT] = row_text, [PAGE_JSON] = row_json, [PAGE_MARKDOWN] = row_markdown, [PAGE_MAN] = row_man
	};

	put[format](out, row);
}

void roles_page(struct outbuf *out, enum page_format format)
{
	if (format == PAGE_MAN) {
		man_page(out);
		return;
	}
	roles_head(out, format);
	for (size_t i = 0; role_row_at(i); i++)
		roles_row(out, role_row_at(i), format);
}

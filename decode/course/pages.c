/* SPDX-License-Identifier: MIT */
/* The list; and a lesson as text of 80 columns, as Markdown, and as JSON. */
#include <string.h>

#include <thrtrace/explain_page.h>

#include "course/course.h"
#include "text/json_values.h"

enum { WIDTH = 80, INDENT = 4, NAME_COL = 18, TAB = 4, SECOND = 2 + LESSON_COLUMNS + 3 };

/* ---- text ---- */

static size_t at_most_80(unsigned width)
{
	return width && width < WIDTH ? width : WIDTH;
}

/* The program, so that a tab takes four columns. */
static void put_program(struct outbuf *out, const char *text)
{
	for (size_t column = 0; *text; text++) {
		if (*text != '\n' && column == 0)
			outbuf_pad(out, INDENT);
		if (*text == '\t') {
			size_t n = TAB - column % TAB;
			outbuf_printf(out, "%*s", (int)n, "");
			column += n;
			continue;
		}
		outbuf_putc(out, *text);
		column = *text == '\n' ? 0 : column + 1;
	}
}

/* The next piece of a text that fits a column: of its first line. Its length; *text goes behind it. */
static size_t piece(const char **text, const char **ret)
{
	size_t len = strcspn(*text, "\n");

	*ret = *text;
	if (len > LESSON_COLUMNS) {
		len = LESSON_COLUMNS;
		while (len && (*text)[len] != ' ')
			len--;
		len = len ? len : LESSON_COLUMNS;
	}
	*text += len;
	*text += **text == '\n' || **text == ' ';
	return len;
}

/* Both outputs side by side; a bar between lines that differ. */
static void put_columns(struct outbuf *out, const char *left, const char *right)
{
	while (*left || *right) {
		const char *a, *b;
		size_t n = piece(&left, &a), m = piece(&right, &b);
		bool same = n == m && memcmp(a, b, n) == 0;
		outbuf_puts(out, "  ");
		outbuf_put(out, a, n);
		if (m || !same) {
			outbuf_pad(out, SECOND - 2);
			outbuf_puts(out, same ? "  " : m ? "| " : "|");
			outbuf_put(out, b, m);
		}
		outbuf_putc(out, '\n');
	}
}

/* What each column is, as it is built. */
static void put_heads(struct outbuf *out, const struct lesson *row)
{
	static const char line[] = "----------------------------------------";

	outbuf_printf(out, "\n  cc -pthread -DWITH %s.c", row->name);
	outbuf_pad(out, SECOND);
	outbuf_printf(out, "cc -pthread %s.c\n  %s", row->name, row->head[LESSON_WITH]);
	outbuf_pad(out, SECOND);
	outbuf_printf(out, "%s\n  %.*s", row->head[LESSON_WITHOUT], LESSON_COLUMNS, line);
	outbuf_pad(out, SECOND);
	outbuf_printf(out, "%.*s\n", LESSON_COLUMNS, line);
}

/* One output, where two have no room side by side; a bar before lines that differ. */
static void put_below(struct outbuf *out, const struct lesson_given *g, enum lesson_way way)
{
	const char *other = g->said[way == LESSON_WITH ? LESSON_WITHOUT : LESSON_WITH], *text = g->said[way];

	outbuf_printf(out, "\n  cc -pthread %s%s.c\n  %s\n", way == LESSON_WITH ? "-DWITH " : "", g->row->name,
		g->row->head[way]);
	while (*text) {
		const char *a, *b;
		size_t n = piece(&text, &a), m = piece(&other, &b);
		outbuf_puts(out, n == m && memcmp(a, b, n) == 0 ? "    " : "  | ");
		outbuf_put(out, a, n);
		outbuf_putc(out, '\n');
	}
}

static void put_entry(struct outbuf *out, size_t width, const char *name, const char *before, const char *text)
{
	struct outbuf whole;

	outbuf_init(&whole, 1 << 14);
	outbuf_puts(&whole, before);
	outbuf_puts(&whole, text);
	outbuf_printf(out, "  %-11s", name);
	wrap_format(out, outbuf_str(&whole), 13, width);
	outbuf_putc(out, '\n');
	outbuf_release(&whole);
}

void lesson_text(struct outbuf *out, const struct lesson_given *g)
{
	size_t width = at_most_80(g->width);
	const struct lesson *row = g->row;

	if (*row->chapter)
		outbuf_printf(out, "==== %s ====\n\n", row->chapter);
	outbuf_printf(out, "%zu. %s", lesson_number(row), row->name);
	outbuf_puts(out, ": ");
	wrap_format(out, row->title, INDENT, width);
	outbuf_puts(out, "\n\n  ");
	wrap_format(out, row->intro, 2, width);
	outbuf_puts(out, "\n\n");
	put_program(out, g->program);
	if (width == WIDTH) {
		put_heads(out, row);
		put_columns(out, g->said[LESSON_WITH], g->said[LESSON_WITHOUT]);
	} else {
		put_below(out, g, LESSON_WITH);
		put_below(out, g, LESSON_WITHOUT);
	}
	outbuf_putc(out, '\n');
	put_entry(out, width, "differs", lesson_differing(g), row->differs);
	put_entry(out, width, "remember", "", row->remember);
	put_entry(out, width, "confusion", "", row->wrong);
	put_entry(out, width, "source", "", row->source);
	outbuf_putc(out, '\n');
}

/* ---- Markdown ---- */

/* Text outside of code: what Markdown has marks for is escaped. */
static void put_escaped(struct outbuf *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("\\`*_<>[]", *text))
			outbuf_putc(out, '\\');
		outbuf_putc(out, *text);
	}
}

static void put_part(struct outbuf *out, const char *name, const char *before, const char *text)
{
	outbuf_printf(out, "**%s.** ", name);
	put_escaped(out, before);
	put_escaped(out, text);
	outbuf_puts(out, "\n\n");
}

void lesson_markdown(struct outbuf *out, const struct lesson_given *g)
{
	const struct lesson *row = g->row;

	if (*row->chapter) {
		outbuf_puts(out, "## ");
		put_escaped(out, row->chapter);
		outbuf_puts(out, "\n\n");
	}
	outbuf_printf(out, "### %zu. %s: ", lesson_number(row), row->name);
	put_escaped(out, row->title);
	outbuf_puts(out, "\n\n");
	put_escaped(out, row->intro);
	outbuf_printf(out, "\n\n```c\n%s```\n\n", g->program);
	for (unsigned way = 0; way < LESSON_WAYS; way++) {
		put_escaped(out, row->head[way]);
		outbuf_printf(out, ", `cc -pthread %s%s.c`:\n\n```\n%s```\n\n", way == LESSON_WITH ? "-DWITH " : "",
			row->name, g->said[way]);
	}
	put_part(out, "What differs", lesson_differing(g), row->differs);
	put_part(out, "Remember", "", row->remember);
	put_part(out, "What people get wrong", "", row->wrong);
	put_part(out, "Source", "", row->source);
}

/* ---- JSON ---- */

static json_t *way_json(const struct lesson_given *g, enum lesson_way way)
{
	json_t *o = json_object();

	js_put(o, "name", json_string(g->row->head[way]));
	js_put(o, "printed", json_string(g->said[way]));
	js_put(o, "expected", json_string(g->row->says[way]));
	js_put(o, "skipped", json_boolean(g->skipped[way]));
	return o;
}

/* The keys that the list has, too. */
static json_t *row_json(const struct lesson *row)
{
	json_t *o = json_object();

	js_put(o, "event", json_string("lesson"));
	js_put(o, "number", js_number(lesson_number(row)));
	js_put(o, "name", json_string(row->name));
	js_put(o, "flag", js_sentence(row->flag));
	js_put(o, "title", json_string(row->title));
	return o;
}

void lesson_json(struct outbuf *out, const struct lesson_given *g)
{
	const struct lesson *row = g->row;
	json_t *o = row_json(row);

	js_put(o, "intro", json_string(row->intro));
	js_put(o, "program", json_string(g->program));
	js_put(o, "with", way_json(g, LESSON_WITH));
	js_put(o, "without", way_json(g, LESSON_WITHOUT));
	js_put(o, "as_expected", json_boolean(lesson_as_told(g)));
	js_put(o, "differs", json_string(row->differs));
	js_put(o, "remember", json_string(row->remember));
	js_put(o, "confusion", json_string(row->wrong));
	js_put(o, "source", json_string(row->source));
	(void)js_write(o, out); /* out's own status tells */
	outbuf_putc(out, '\n');
}

/* ---- by format ---- */

static void list_text(struct outbuf *out, size_t width)
{
	for (size_t i = 0; i < LESSONS; i++) {
		const struct lesson *row = lesson_at(i);
		if (*row->chapter)
			outbuf_printf(out, "%s%s\n", i ? "\n" : "", row->chapter);
		outbuf_printf(out, "  %s", row->name);
		outbuf_pad(out, NAME_COL);
		wrap_format(out, row->title, NAME_COL, width);
		outbuf_putc(out, '\n');
	}
	outbuf_putc(out, '\n');
	wrap_format(out, "thrtrace --lesson=NAME gives one, --lesson=all the course.", 0, width);
	outbuf_putc(out, '\n');
}

static void list_markdown(struct outbuf *out)
{
	outbuf_puts(out, "| Lesson | Flag | What it shows |\n|---|---|---|\n");
	for (size_t i = 0; i < LESSONS; i++) {
		const struct lesson *row = lesson_at(i);
		outbuf_printf(out, "| `%s` | %s | ", row->name, row->flag);
		put_escaped(out, row->title);
		outbuf_puts(out, " |\n");
	}
}

static void list_json(struct outbuf *out)
{
	for (size_t i = 0; i < LESSONS; i++) {
		(void)js_write(row_json(lesson_at(i)), out); /* out's own status tells */
		outbuf_putc(out, '\n');
	}
}

void lessons_list(struct outbuf *out, enum lesson_format format, unsigned width)
{
	if (format == LESSON_MAN)
		lessons_man(out);
	else if (format == LESSON_JSON)
		list_json(out);
	else if (format == LESSON_MARKDOWN)
		list_markdown(out);
	else
		list_text(out, at_most_80(width));
}

void lessons_head(struct outbuf *out, enum lesson_format format, const char *kernel, bool all)
{
	if (format == LESSON_HTML)
		lessons_html_head(out, kernel, all);
	else if (format == LESSON_MARKDOWN)
		outbuf_printf(out,
			"# Threads on Linux, one difference at a time\n\nEach program was run twice, on %s.\n\n",
			kernel);
}

void lessons_tail(struct outbuf *out, enum lesson_format format)
{
	if (format == LESSON_HTML)
		lessons_html_tail(out);
}

void lesson_page(struct outbuf *out, const struct lesson_given *g, enum lesson_format format)
{
	if (format == LESSON_C)
		outbuf_puts(out, g->program);
	else if (format == LESSON_JSON)
		lesson_json(out, g);
	else if (format == LESSON_MARKDOWN)
		lesson_markdown(out, g);
	else if (format == LESSON_HTML)
		lesson_html(out, g);
	else
		lesson_text(out, g);
}

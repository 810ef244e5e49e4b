/* SPDX-License-Identifier: MIT */
/* Findings and the table as plain HTML, for whoever reads the page without scripts. */
#include <thrtrace/tables.h>

#include "sinks/html_parts.h"
#include "sinks/words.h"

void html_escape(struct outbuf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '&')
			outbuf_puts(out, "&amp;");
		else if (*text == '<')
			outbuf_puts(out, "&lt;");
		else if (*text == '>')
			outbuf_puts(out, "&gt;");
		else if (*text == '"')
			outbuf_puts(out, "&quot;");
		else if (*text == '\'')
			outbuf_puts(out, "&#39;");
		else
			outbuf_putc(out, *text);
	}
}

void html_finding_item(const struct finding *f, struct outbuf *out)
{
	outbuf_printf(out, "<li class=\"%s\"><span class=\"id\">", severity_word(f->row->severity));
	html_escape(out, f->row->id);
	outbuf_puts(out, "</span>");
	if (f->task)
		outbuf_printf(out, "<a href=\"#T%u\">T%u</a>: ", f->task->label, f->task->label);
	outbuf_puts(out, "<span title=\"");
	html_escape(out, f->row->why);
	outbuf_puts(out, "\">");
	html_escape(out, f->text);
	outbuf_puts(out, "</span><span class=\"repair\">To repair: ");
	html_escape(out, finding_repair(f));
	outbuf_puts(out, "</span></li>\n");
}

static const char *const titles[] = { "T", "TID", "PID", "Name", "Created by", "Starts in", "Lived", "On CPU", "Stack",
	"Touched", "Guard", "End", "Joined" };

void html_row_head(struct outbuf *out)
{
	outbuf_puts(out, "<tr>");
	for (size_t i = 0; i < ARRAY_SIZE(titles); i++)
		outbuf_printf(out, "<th scope=\"col\">%s</th>", titles[i]);
	outbuf_puts(out, "</tr>\n");
}

/* The text in b as the next cell; b is emptied. */
static void cell(struct outbuf *out, struct outbuf *b)
{
	outbuf_puts(out, "<td>");
	html_escape(out, outbuf_str(b));
	outbuf_puts(out, "</td>");
	outbuf_clear(b);
}

static void stack_cells(const struct task *t, struct outbuf *b, struct outbuf *out)
{
	const struct stack_area *s = &t->stack;

	if (s->high)
		size_format(b, s->high - s->low);
	cell(out, b);
	if (s->touched_known)
		size_format(b, s->touched);
	cell(out, b);
	if (s->guard == GUARD_NONE && s->kind != STACK_NO_USER)
		outbuf_puts(b, "none");
	else if (s->guard_bytes)
		size_format(b, s->guard_bytes);
	cell(out, b);
}

static void life_cells(const struct task *t, struct outbuf *b, struct outbuf *out)
{
	uint64_t end = task_ended_ns(t);

	if (t->followed && end && !t->end.before)
		duration_format(b, end - t->t_born_ns + t->age_ns);
	cell(out, b);
	if (t->end.cpu_known)
		duration_format(b, t->end.cpu_ns);
	cell(out, b);
}

void html_row(const struct task *t, struct outbuf *out)
{
	struct outbuf b;

	outbuf_init(&b, 8192);
	outbuf_printf(out, "<tr id=\"T%u\"%s><td>T%u</td><td>%d</td><td>%d</td>", t->label,
		t->end.how == END_SIGNAL ? " class=\"bad\"" : "", t->label, t->id.tid, t->tgid);
	task_name_format(&b, t);
	cell(out, &b);
	if (t->creator)
		outbuf_printf(&b, "T%u ", t->creator_label);
	if (t->made_at.pc)
		frame_format(&b, &t->made_at);
	cell(out, &b);
	task_runs_format(&b, t);
	cell(out, &b);
	life_cells(t, &b, out);
	stack_cells(t, &b, out);
	task_end_format(&b, t);
	cell(out, &b);
	outbuf_release(&b);
}

void html_row_end(const char *join, struct outbuf *out)
{
	outbuf_puts(out, "<td>");
	html_escape(out, join);
	outbuf_puts(out, "</td></tr>\n");
}

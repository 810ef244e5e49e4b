/* SPDX-License-Identifier: MIT */
#include "sinks/text_attached.h"

#include <stdlib.h>
#include <string.h>

#include <thrtrace/explain.h>
#include <thrtrace/tables.h>

#include "sinks/text_columns.h"

/* Where each column begins. */
enum {
	AT_TID = 6,
	AT_NAME = 15,
	AT_AGE = 32,
	AT_CPU = 41,
	AT_STACK = 50,
	AT_TOUCHED = 60,
	AT_GUARD = 69,
	AT_STARTS = 78
};

static void title(struct outbuf *out)
{
	static const struct text_column columns[] = { { AT_TID, "TID" }, { AT_NAME, "NAME" }, { AT_AGE, "AGE" },
		{ AT_CPU, "CPU" }, { AT_STACK, "STACK" }, { AT_TOUCHED, "TOUCHED" }, { AT_GUARD, "GUARD" },
		{ AT_STARTS, "STARTS IN" } };

	outbuf_puts(out, "\nTHERE");
	text_column_titles(out, columns, ARRAY_SIZE(columns));
}

static void stack_columns(const struct stack_area *st, size_t line, struct outbuf *out)
{
	text_column(out, line, AT_STACK);
	if (st->high)
		size_format(out, st->high - st->low);
	else
		outbuf_puts(out, st->kind == STACK_HEAP ? "heap" : "?");
	text_column(out, line, AT_TOUCHED);
	if (st->touched_known)
		size_format(out, st->touched);
	else
		outbuf_puts(out, "?");
	text_column(out, line, AT_GUARD);
	if (st->guard == GUARD_NONE)
		outbuf_puts(out, "none");
	else if (st->guard == GUARD_KERNEL)
		outbuf_puts(out, "gap");
	else if (st->guard_bytes)
		size_format(out, st->guard_bytes);
	else
		outbuf_puts(out, "?");
}

static void starts_column(const struct event *ev, struct outbuf *out)
{
	const struct start_routine *start = ev->u.birth.start;

	if (start && start->known)
		frame_format(out, start->label.pc ? &start->label : &start->at);
	else if (!ev->task->thread)
		outbuf_puts(out, "(first thread)");
	else
		outbuf_puts(out, start ? "unknown" : "-");
}

static void account(bool known, uint64_t ns, struct outbuf *out)
{
	if (known)
		duration_format(out, ns);
	else
		outbuf_puts(out, "?");
}

static void hex_or(struct outbuf *out, const char *what, bool known, taddr v)
{
	if (!known)
		outbuf_printf(out, "; %s unknown", what);
	else if (v)
		outbuf_printf(out, "; %s 0x%llx", what, (unsigned long long)v);
	else
		outbuf_printf(out, "; no %s", what);
}

/* The second line of a task: what its row has no room for. */
static void details(const struct event *ev, struct outbuf *out)
{
	const struct ev_birth *b = &ev->u.birth;
	const struct attached_facts *a = b->attached;
	const struct stack_area *st = &ev->task->stack;

	outbuf_puts(out, "         | ");
	if (st->high)
		outbuf_printf(out, "stack 0x%llx-0x%llx, by %s", (unsigned long long)st->low,
			(unsigned long long)st->high, st->source);
	else
		outbuf_printf(out, "stack unknown: %s", st->unknown ? st->unknown : "not read");
	hex_or(out, "TLS base", ev->task->tls_known, ev->task->tls);
	hex_or(out, "robust list", a->robust_known, a->robust_head);
	hex_or(out, "rseq", a->rseq_known, a->rseq);
	if (a->not_stopped)
		outbuf_printf(out, " (%s)", a->not_stopped);
	if (b->start && !b->start->known && b->start->unknown)
		outbuf_printf(out, "; start routine unknown: %s", b->start->unknown);
	outbuf_putc(out, '\n');
}

static void row(const struct sink *s, const struct event *ev, struct outbuf *out)
{
	const struct attached_facts *a = ev->u.birth.attached;
	const struct task *t = ev->task;
	size_t line = out->len;

	outbuf_printf(out, "T%u", t->label);
	text_column(out, line, AT_TID);
	outbuf_printf(out, "%d", t->id.tid);
	if (t->tid_inside)
		outbuf_printf(out, "/%d", t->tid_inside);
	text_column(out, line, AT_NAME);
	plain_format(out, t->comm[0] ? t->comm : "?");
	text_column(out, line, AT_AGE);
	account(a->age_known, a->age_ns, out);
	text_column(out, line, AT_CPU);
	account(a->cpu_known, a->used.cpu_ns, out);
	if (a->zombie) {
		outbuf_puts(out, "  has ended; a zombie until the others of its process end\n");
		return;
	}
	stack_columns(&t->stack, line, out);
	text_column(out, line, AT_STARTS);
	starts_column(ev, out);
	if (t->role) {
		outbuf_puts(out, ", ");
		role_label_format(out, t->role);
	}
	outbuf_putc(out, '\n');
	if (s->config.notes == NOTES_ALL)
		details(ev, out);
}

struct there_row {
	uint32_t label;
	char *text;
};

static int by_label(const void *a, const void *b)
{
	const struct there_row *x = a, *y = b;

	return x->label < y->label ? -1 : x->label > y->label;
}

/* Keeps the row; false when there is no memory for it. */
static bool hold(struct there_rows *rows, uint32_t label, const char *text)
{
	if (rows->n == rows->room) {
		size_t room = rows->room ? rows->room * 2 : 64;
		struct there_row *more = realloc(rows->held, room * sizeof(*more));
		if (!more)
			return false;
		rows->held = more;
		rows->room = room;
	}
	rows->held[rows->n] = (struct there_row){ label, strdup(text) };
	if (!rows->held[rows->n].text)
		return false;
	rows->n++;
	return true;
}

/* Writes what is held in order of labels: all of it, or up to the first gap. */
static void write_held(struct there_rows *rows, bool all, struct outbuf *out)
{
	size_t done = 0;

	if (rows->n)
		qsort(rows->held, rows->n, sizeof(*rows->held), by_label);
	for (; done < rows->n && (all || rows->held[done].label == rows->next); done++) {
		outbuf_puts(out, rows->held[done].text);
		rows->next = rows->held[done].label + 1;
		free(rows->held[done].text);
	}
	rows->n -= done;
	if (rows->n)
		memmove(rows->held, rows->held + done, rows->n * sizeof(*rows->held));
}

void text_attached(const struct sink *s, const struct event *ev, struct there_rows *rows, struct outbuf *out)
{
	uint32_t label = ev->task->label;
	struct outbuf text;

	if (!rows->title)
		title(out);
	rows->title = true;
	outbuf_init(&text, 1 << 16);
	row(s, ev, &text);
	if (label <= rows->next || !hold(rows, label, outbuf_str(&text))) {
		outbuf_put(out, outbuf_str(&text), text.len);
		rows->next = label >= rows->next ? label + 1 : rows->next;
		write_held(rows, false, out);
	}
	outbuf_release(&text);
}

void text_attached_flush(struct there_rows *rows, struct outbuf *out)
{
	write_held(rows, true, out);
	rows->title = false;
}

void text_attached_release(struct there_rows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		free(rows->held[i].text);
	free(rows->held);
	*rows = (struct there_rows){ .title = false };
}

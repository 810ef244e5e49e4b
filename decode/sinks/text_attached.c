/* SPDX-License-Identifier: MIT */
#include "sinks/text_attached.h"

#include <thrtrace/explain.h>
#include <thrtrace/tables.h>

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
	static const struct {
		size_t at;
		const char *text;
	} columns[] = { { AT_TID, "TID" }, { AT_NAME, "NAME" }, { AT_AGE, "AGE" }, { AT_CPU, "CPU" },
		{ AT_STACK, "STACK" }, { AT_TOUCHED, "TOUCHED" }, { AT_GUARD, "GUARD" }, { AT_STARTS, "STARTS IN" } };

	outbuf_puts(out, "\nTHERE");
	for (unsigned i = 0; i < ARRAY_SIZE(columns); i++) {
		outbuf_pad(out, columns[i].at);
		outbuf_puts(out, columns[i].text);
	}
	outbuf_putc(out, '\n');
}

/* Goes on to the column; one blank where the text before has reached it. */
static void column(struct outbuf *out, size_t line, size_t at)
{
	if (out->len - line >= at)
		outbuf_putc(out, ' ');
	else
		outbuf_pad(out, at);
}

static void stack_columns(const struct stack_area *st, size_t line, struct outbuf *out)
{
	column(out, line, AT_STACK);
	if (st->high)
		size_format(out, st->high - st->low);
	else
		outbuf_puts(out, st->kind == STACK_HEAP ? "heap" : "?");
	column(out, line, AT_TOUCHED);
	if (st->touched_known)
		size_format(out, st->touched);
	else
		outbuf_puts(out, "?");
	column(out, line, AT_GUARD);
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

void text_attached(const struct sink *s, const struct event *ev, bool follows, struct outbuf *out)
{
	const struct attached_facts *a = ev->u.birth.attached;
	const struct task *t = ev->task;

	if (!follows)
		title(out);
	size_t line = out->len;
	outbuf_printf(out, "T%u", t->label);
	column(out, line, AT_TID);
	outbuf_printf(out, "%d", t->id.tid);
	if (t->tid_inside)
		outbuf_printf(out, "/%d", t->tid_inside);
	column(out, line, AT_NAME);
	plain_format(out, t->comm[0] ? t->comm : "?");
	column(out, line, AT_AGE);
	account(a->age_known, a->age_ns, out);
	column(out, line, AT_CPU);
	account(a->cpu_known, a->cpu_ns, out);
	if (a->zombie) {
		outbuf_puts(out, "  has ended; a zombie until the others of its process end\n");
		return;
	}
	stack_columns(&t->stack, line, out);
	column(out, line, AT_STARTS);
	starts_column(ev, out);
	outbuf_putc(out, '\n');
	if (s->config.notes == NOTES_ALL)
		details(ev, out);
}

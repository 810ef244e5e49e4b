/* SPDX-License-Identifier: MIT */
/* What a test makes of what it has seen, and what a view asks of that. */
#include "findings/findings_impl.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX 1024
#define ALSO_MAX 4096
/* Names of templates have no end. */
#define NAME_KEPT 200

void findings_init(struct findings *f)
{
	*f = (struct findings){ .n = 0 };
	for (size_t i = 0; i < ARRAY_SIZE(f->text); i++)
		outbuf_init(&f->text[i], TEXT_MAX);
	outbuf_init(&f->also, ALSO_MAX);
}

void findings_release(struct findings *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(f->text); i++)
		outbuf_release(&f->text[i]);
	outbuf_release(&f->also);
}

struct finding *found(struct inquiry *q, const char *fmt, ...)
{
	size_t i = q->to->n;
	struct finding *ret = &q->to->found[i];
	char text[TEXT_MAX];
	va_list ap;

	*ret = (struct finding){ .row = q->row, .task = q->ev->task, .text = q->row->what };
	if (fmt) {
		va_start(ap, fmt);
		(void)vsnprintf(text, sizeof(text), fmt, ap);
		va_end(ap);
		outbuf_clear(&q->to->text[i]);
		outbuf_puts(&q->to->text[i], text);
		ret->text = outbuf_str(&q->to->text[i]);
	}
	q->to->n += i < FINDINGS_MAX;
	return ret;
}

const struct finding *finding_of(const struct event *ev, const char *id)
{
	for (size_t i = 0; i < ev->n_findings; i++)
		if (strcmp(ev->finding[i].row->id, id) == 0)
			return &ev->finding[i];
	return NULL;
}

const char *finding_repair(const struct finding *f)
{
	return f->repair ? f->repair : f->row->repair;
}

/* Text of the program's: it stays one line, and the same in JSON. */
static void put_byte(struct outbuf *out, char c)
{
	if (c >= 0x20 && c < 0x7f)
		outbuf_putc(out, c);
	else
		outbuf_printf(out, "\\x%02x", (unsigned char)c);
}

/* Thread names are numbered, as a rule: worker-3. */
static void put_name(struct outbuf *out, const char *name, size_t size)
{
	for (size_t i = 0; i < size && name[i]; i++) {
		bool digit = isdigit((unsigned char)name[i]);
		if (!digit)
			put_byte(out, name[i]);
		else if (!i || !isdigit((unsigned char)name[i - 1]))
			outbuf_putc(out, '#');
	}
}

/* Neither an address nor a line: those move with each build. */
static void put_place(struct outbuf *out, const struct frame *f)
{
	const char *c = f->symbol ? f->symbol : f->module ? f->module : "?";

	for (size_t i = 0; c[i] && i < NAME_KEPT; i++)
		put_byte(out, c[i]);
}

void finding_fingerprint(struct outbuf *out, const struct finding *f)
{
	outbuf_puts(out, f->row->id);
	if (f->task) {
		outbuf_puts(out, " of ");
		put_name(out, f->task->comm, sizeof(f->task->comm));
	}
	if (f->task || f->creation) {
		outbuf_puts(out, " running ");
		put_place(out, f->task ? &f->task->at : &f->creation->start);
		outbuf_puts(out, " made by ");
		put_place(out, f->task ? &f->task->made_at : &f->creation->made_at);
	}
}

const char *severity_word(enum severity severity)
{
	static const char *const words[] = {
		[SEVERITY_ERROR] = "error", [SEVERITY_WARNING] = "warning", [SEVERITY_NOTE] = "note"
	};

	return words[severity];
}

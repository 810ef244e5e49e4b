/* SPDX-License-Identifier: MIT */
/* What a test makes of what it has seen, and what a view asks of that. */
#include "findings/findings_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX 1024
#define ALSO_MAX 4096

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

const char *severity_word(enum severity severity)
{
	static const char *const words[] = {
		[SEVERITY_ERROR] = "error", [SEVERITY_WARNING] = "warning", [SEVERITY_NOTE] = "note"
	};

	return words[severity];
}

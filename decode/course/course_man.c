/* SPDX-License-Identifier: MIT */
/* man/thrtrace-lessons.7 */
#include <string.h>

#include <thrtrace/explain_page.h>

#include "course/course.h"

/* Lines as they are. */
static void put_lines(struct outbuf *out, const char *text)
{
	outbuf_puts(out, ".nf\n");
	while (*text) {
		char line[128];
		size_t len = strcspn(text, "\n"), kept = len < sizeof(line) - 1 ? len : sizeof(line) - 1;
		memcpy(line, text, kept);
		line[kept] = '\0';
		outbuf_puts(out, "\\&");
		page_roff(out, line);
		outbuf_putc(out, '\n');
		text += len + (text[len] == '\n');
	}
	outbuf_puts(out, ".fi\n");
}

static void put_paragraph(struct outbuf *out, const char *name, const char *text)
{
	outbuf_printf(out, ".PP\n\\fI%s:\\fR\n", name);
	page_roff(out, text);
	outbuf_putc(out, '\n');
}

static void put_lesson(struct outbuf *out, const struct lesson *row)
{
	outbuf_printf(out, ".SS %zu. ", lesson_number(row));
	page_roff(out, row->name);
	outbuf_puts(out, ": ");
	page_roff(out, row->title);
	outbuf_putc(out, '\n');
	page_roff(out, row->intro);
	outbuf_putc(out, '\n');
	for (unsigned way = 0; way < LESSON_WAYS; way++) {
		outbuf_puts(out, ".TP\n.B ");
		page_roff(out, row->head[way]);
		outbuf_putc(out, '\n');
		put_lines(out, row->says[way]);
	}
	put_paragraph(out, "What differs", row->differs);
	put_paragraph(out, "Remember", row->remember);
	put_paragraph(out, "What people get wrong", row->wrong);
	put_paragraph(out, "Source", row->source);
}

void lessons_man(struct outbuf *out)
{
	outbuf_puts(out,
		".\\\" SPDX-License-Identifier: MIT\n"
		".\\\" Generated from include/thrtrace/lessons.def by \"thrtrace --lesson --format=man\": edit the "
		"rows.\n"
		".TH THRTRACE-LESSONS 7 \"\" \"thrtrace\" \"Linux threads\"\n"
		".SH NAME\nthrtrace-lessons \\- threads on Linux, one difference at a time\n"
		".SH DESCRIPTION\n"
		"Each lesson is a small C program, built and run twice: with one difference (\\-DWITH) and without "
		"it.\n"
		".B thrtrace \\-\\-lesson=\\fINAME\\fR\n"
		"shows the program, runs both, and prints side by side what they have printed on this kernel.\n"
		"Here is what they print where they can run, and what is to be learned from it.\n");
	for (size_t i = 0; i < LESSONS; i++) {
		const struct lesson *row = lesson_at(i);
		if (*row->chapter) {
			outbuf_puts(out, ".SH ");
			for (const char *c = row->chapter; *c; c++)
				outbuf_putc(out, *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c);
			outbuf_putc(out, '\n');
		}
		put_lesson(out, row);
	}
	outbuf_puts(
		out, ".SH SEE ALSO\n.BR thrtrace (1),\n.BR thrtrace\\-flags (7),\n.BR clone (2),\n.BR pthreads (7)\n");
}

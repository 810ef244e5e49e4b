/* SPDX-License-Identifier: MIT */
/* The booklet as one page in one file. */
#include <string.h>

#include "course/course.h"
#include "course/course_page.h"
#include "sinks/html_parts.h"
#include "sinks/palette.h"

static void put_element(struct outbuf *out, const char *element, const char *text)
{
	outbuf_printf(out, "<%s>", element);
	html_escape(out, text);
	outbuf_printf(out, "</%s>\n", element);
}

/* Lines that differ from those of the other way are marked. */
static void put_said(struct outbuf *out, const char *said, const char *other)
{
	outbuf_puts(out, "<pre class=said>");
	while (*said) {
		size_t len = strcspn(said, "\n"), its = strcspn(other, "\n");
		bool same = len == its && memcmp(said, other, len) == 0;
		char line[512];
		size_t kept = len < sizeof(line) - 1 ? len : sizeof(line) - 1;
		memcpy(line, said, kept);
		line[kept] = '\0';
		outbuf_puts(out, same ? "<span>" : "<span class=differs>");
		html_escape(out, line);
		outbuf_puts(out, "</span>\n");
		said += len + (said[len] == '\n');
		other += its + (other[its] == '\n');
	}
	outbuf_puts(out, "</pre>\n");
}

static void put_way(struct outbuf *out, const struct lesson_given *g, enum lesson_way way)
{
	outbuf_puts(out, "<div>\n");
	put_element(out, "h4", g->row->head[way]);
	outbuf_printf(
		out, "<p class=command>cc -pthread %s%s.c</p>\n", way == LESSON_WITH ? "-DWITH " : "", g->row->name);
	put_said(out, g->said[way], g->said[way == LESSON_WITH ? LESSON_WITHOUT : LESSON_WITH]);
	outbuf_puts(out, "</div>\n");
}

static void put_note(struct outbuf *out, const char *name, const char *before, const char *text)
{
	outbuf_printf(out, "<dt>%s</dt><dd>", name);
	html_escape(out, before);
	html_escape(out, text);
	outbuf_puts(out, "</dd>\n");
}

void lesson_html(struct outbuf *out, const struct lesson_given *g)
{
	const struct lesson *row = g->row;

	if (*row->chapter)
		put_element(out, "h2", row->chapter);
	outbuf_printf(
		out, "<article id=\"%s\">\n<h3><a href=\"#%s\">%zu</a> ", row->name, row->name, lesson_number(row));
	html_escape(out, row->title);
	outbuf_puts(out, "</h3>\n<p class=flag>");
	html_escape(out, *row->flag ? row->flag : row->name);
	outbuf_puts(out, "</p>\n");
	put_element(out, "p", row->intro);
	outbuf_puts(out, "<pre class=program>");
	html_escape(out, g->program);
	outbuf_puts(out, "</pre>\n<div class=ways>\n");
	put_way(out, g, LESSON_WITH);
	put_way(out, g, LESSON_WITHOUT);
	outbuf_puts(out, "</div>\n<dl>\n");
	put_note(out, "What differs", lesson_differing(g), row->differs);
	put_note(out, "Remember", "", row->remember);
	put_note(out, "What people get wrong", "", row->wrong);
	put_note(out, "Source", "", row->source);
	outbuf_puts(out, "</dl>\n</article>\n");
}

static void put_contents(struct outbuf *out)
{
	outbuf_puts(out, "<nav><ol>\n");
	for (size_t i = 0; i < LESSONS; i++) {
		outbuf_printf(out, "<li><a href=\"#%s\">", lesson_at(i)->name);
		html_escape(out, *lesson_at(i)->flag ? lesson_at(i)->flag : lesson_at(i)->name);
		outbuf_puts(out, "</a> ");
		html_escape(out, lesson_at(i)->title);
		outbuf_puts(out, "</li>\n");
	}
	outbuf_puts(out, "</ol></nav>\n");
}

void lessons_html_head(struct outbuf *out, const char *kernel, bool all)
{
	outbuf_puts(out,
		"<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
		"<meta name=viewport content=\"width=device-width, initial-scale=1\">\n"
		"<title>Threads on Linux, one difference at a time</title>\n<style>\n");
	outbuf_puts(out, palette_css);
	outbuf_puts(out, course_css);
	outbuf_puts(out,
		"</style>\n</head>\n<body>\n<main>\n<header>\n"
		"<h1>Threads on Linux, one difference at a time</h1>\n"
		"<p>Each program was built and run twice, with and without the one difference, on ");
	html_escape(out, kernel);
	outbuf_puts(out, ". What was printed stands side by side.</p>\n</header>\n");
	if (all)
		put_contents(out);
}

void lessons_html_tail(struct outbuf *out)
{
	outbuf_puts(out, "</main>\n</body>\n</html>\n");
}

/* SPDX-License-Identifier: MIT */
/* Lessons: the list, or those that are named, each run twice. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "cmd/print.h"
#include "lessons/lessons.h"

#define OUTPUT_MAX  (1U << 14) /* of one run */
#define BOOKLET_MAX (4U << 20)
enum { WIDTH_LEAST = 44, WIDTH_MOST = 1000 }; /* the least holds what programs print */

/* Of a terminal, or as COLUMNS says. 0: nobody says. */
static unsigned width(void)
{
	const char *columns = getenv("COLUMNS");
	long asked = columns ? strtol(columns, NULL, 10) : 0;

	if (asked <= 0)
		asked = print_columns(STDOUT_FILENO);
	return asked <= 0 ? 0 : asked < WIDTH_LEAST ? WIDTH_LEAST : (unsigned)(asked < WIDTH_MOST ? asked : WIDTH_MOST);
}

/* Appends one lesson, run now if the format shows that. 0 or -errno. */
static int give(struct outbuf *out, size_t i, enum lesson_format format)
{
	struct lesson_given g = { .row = lesson_at(i), .program = lesson_program((enum lesson_id)i), .width = width() };
	struct outbuf said[LESSON_WAYS];
	int err = 0;

	for (unsigned way = 0; way < LESSON_WAYS; way++) {
		outbuf_init(&said[way], OUTPUT_MAX);
		if (format != LESSON_C && !err)
			err = lesson_run(&said[way], (enum lesson_id)i, (enum lesson_way)way, &g.skipped[way]);
		g.said[way] = outbuf_str(&said[way]);
	}
	if (!err)
		lesson_page(out, &g, format);
	for (unsigned way = 0; way < LESSON_WAYS; way++)
		outbuf_release(&said[way]);
	return err;
}

/* Marks in asked[] what a word names. */
static bool ask(bool *asked, const char *word)
{
	size_t i = lesson_find(word);

	if (strcasecmp(word, "all") == 0) {
		memset(asked, true, LESSONS * sizeof(*asked));
		return true;
	}
	if (i < LESSONS)
		asked[i] = true;
	else
		fprintf(stderr, "thrtrace: no lesson is called '%.40s'; --lesson alone lists them\n", word);
	return i < LESSONS;
}

/* Marks what is named in the command line; 0, or the exit status. */
static int ask_all(bool *asked, size_t *ret_n, const struct options *o)
{
	bool known = !o->subject || ask(asked, o->subject);

	for (int i = 0; i < o->argc; i++)
		known &= ask(asked, o->argv[i]);
	*ret_n = 0;
	for (size_t i = 0; i < LESSONS; i++)
		*ret_n += asked[i];
	return known ? 0 : EXIT_UNKNOWN_WORD;
}

static int print_lessons(const bool *asked, size_t n, enum lesson_format format)
{
	struct utsname u = { .release = "?" };
	char kernel[sizeof(u.release) + 8];
	struct outbuf out;
	int err = 0, status = 0;

	outbuf_init(&out, BOOKLET_MAX);
	uname(&u);
	snprintf(kernel, sizeof(kernel), "Linux %s", u.release);
	lessons_head(&out, format, kernel, n == LESSONS);
	for (size_t i = 0; i < LESSONS && !err && !status; i++)
		if (asked[i]) {
			err = give(&out, i, format);
			status = print_on(&out, stdout); /* a course takes seconds */
		}
	lessons_tail(&out, format);
	if (err)
		fprintf(stderr, "thrtrace: no process for a program can be made: %s\n", strerror(-err));
	return print(&out, stdout) || err || status ? EXIT_OWN : 0;
}

int lesson_cmd(struct options *o)
{
	static const char *const formats[] = { "text", "json", "markdown", "html", "c", "man", NULL };
	bool asked[LESSONS] = { false };
	size_t n;
	int format = print_format(o, formats);
	int status = format < 0 ? EXIT_OWN : ask_all(asked, &n, o);

	if (status)
		return status;
	if (n && format != LESSON_MAN)
		return print_lessons(asked, n, (enum lesson_format)format);
	struct outbuf out;
	outbuf_init(&out, BOOKLET_MAX);
	lessons_list(&out, (enum lesson_format)format, width());
	return print(&out, stdout);
}

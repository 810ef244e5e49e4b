/* SPDX-License-Identifier: MIT */
/* What the threads of some processes do now: two looks at each, a moment apart. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "cmd/pick.h"
#include "cmd/print.h"
#include "sample/sample.h"

#define LINES      24 /* of a screen, where there is none to ask */
#define LEAST_ROWS 3
#define OUTPUT_MAX (256U << 20)
#define NOT_ALL    1 /* exit status: some of them could not be looked at */

enum snapshot_format { AS_TEXT, AS_JSON, AS_CSV, AS_NOTHING };

static enum snapshot_format format_of(const char *name)
{
	static const char *const names[] = { "text", "json", "csv" };
	unsigned i = 0;

	while (i < ARRAY_SIZE(names) && strcmp(names[i], name) != 0)
		i++;
	return (enum snapshot_format)i;
}

/* What o asks of the view. 0, or EXIT_OWN after it has said why not. */
static int view_of(struct census_view *v, const struct options *o)
{
	const struct census_options *c = &o->census;
	char error[256];

	census_view_init(v, c->all ? BY_THREAD : (enum census_by)c->by);
	if (c->columns && census_view_columns(v, c->columns, error)) {
		fprintf(stderr, "thrtrace: --columns: %s\n", error);
		return EXIT_OWN;
	}
	if (c->sort && census_column_by_name(&v->sort, c->sort, strlen(c->sort))) {
		struct outbuf names;
		outbuf_init(&names, 4096);
		census_column_names(&names);
		fprintf(stderr, "thrtrace: --sort=%.64s: columns are %s\n", c->sort, outbuf_str(&names));
		outbuf_release(&names);
		return EXIT_OWN;
	}
	v->top = c->top > 0 ? (size_t)c->top : 0;
	return 0;
}

/* ---- showing ---- */

static size_t lines_of(const struct outbuf *b, size_t from)
{
	size_t n = 0;

	for (size_t i = from; i < b->len; i++)
		n += b->data[i] == '\n';
	return n;
}

/* As many rows as there is room for: what stands around them is known when it is written. */
static int put_screen(const struct census *c, struct census_view *v, bool fit, struct outbuf *out)
{
	struct winsize w = { .ws_row = 0 };
	bool terminal = ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_row > 2 && w.ws_col >= 40;
	size_t room = (terminal ? w.ws_row : LINES) - 1U, from = out->len;

	v->width = terminal ? w.ws_col : 0;
	if (fit)
		v->top = room;
	int err = census_text(c, v, out);
	size_t lines = lines_of(out, from);
	if (err || !fit || lines <= room)
		return err;
	outbuf_release(out);
	outbuf_init(out, OUTPUT_MAX);
	size_t over = lines - room + 2; /* the sum of the rest, and its line */
	v->top = v->top > over + LEAST_ROWS ? v->top - over : LEAST_ROWS;
	return census_text(c, v, out);
}

static int show(const struct options *o, struct census_view *v, const struct census *c, bool first)
{
	struct outbuf out;
	int err = 0;

	outbuf_init(&out, OUTPUT_MAX);
	switch (format_of(o->format ? o->format : "text")) {
	case AS_JSON:
		err = census_json(c, v, &out);
		break;
	case AS_CSV:
		err = census_csv(c, v, first, &out);
		break;
	case AS_TEXT:
	case AS_NOTHING:
		if (!first)
			puts("");
		err = put_screen(c, v, o->census.top < 0, &out);
		break;
	}
	int status = print(&out, stdout);
	if (err)
		fprintf(stderr, "thrtrace: %s\n", strerror(-err));
	return err ? EXIT_OWN : status;
}

/* ---- looking ---- */

static void complain(pid_t pid, int err)
{
	if (err == -ESRCH)
		fprintf(stderr, "thrtrace: process %d: there is none of that number\n", pid);
	else
		fprintf(stderr, "thrtrace: process %d: %s\n", pid, strerror(-err));
}

static void pause_ns(uint64_t ns)
{
	struct timespec ts = { (time_t)(ns / 1000000000U), (long)(ns % 1000000000U) };

	while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
		;
}

/* All processes are looked at first, then the time passes once. */
static int look(const struct options *o, struct census_view *v, const struct picked *p, struct sample **s)
{
	int status = 0, failed = 0;
	bool first = true;

	for (size_t i = 0; i < p->n; i++) {
		int err = sample_new(&s[i], p->pid[i]);
		if (!err)
			continue;
		complain(p->pid[i], err);
		sample_free(s[i]);
		s[i] = NULL;
		failed = NOT_ALL;
	}
	pause_ns(o->census.interval_ns);
	for (size_t i = 0; i < p->n && !status; i++) {
		struct census c;
		int err = s[i] ? sample_look(s[i], &c) : 0;
		if (err) {
			complain(p->pid[i], err);
			failed = NOT_ALL;
		}
		if (!s[i] || err)
			continue;
		status = show(o, v, &c, first);
		census_release(&c);
		first = false;
	}
	return status ? status : failed;
}

static int pick(struct picked *p, const struct options *o)
{
	char error[256];

	for (int i = 0; i < o->argc; i++) {
		int err = pick_processes(p, "/proc", o->argv[i], error);
		if (err) {
			fprintf(stderr, "thrtrace: %s\n", err == -ENOMEM ? strerror(ENOMEM) : error);
			return EXIT_OWN;
		}
	}
	return 0;
}

int snapshot_cmd(struct options *o)
{
	struct picked p = { NULL, 0 };
	struct census_view v;
	struct sample **s = NULL;
	int status = view_of(&v, o);

	if (!status && format_of(o->format ? o->format : "text") == AS_NOTHING) {
		fprintf(stderr, "thrtrace: --format=%s: a snapshot is one of text, json, csv\n", o->format);
		status = EXIT_OWN;
	} else if (!status && !o->argc) {
		fprintf(stderr, "thrtrace: --snapshot: of which processes? Numbers or names follow it\n");
		status = EXIT_OWN;
	}
	if (!status)
		status = pick(&p, o);
	if (!status)
		s = calloc(p.n + 1, sizeof(*s));
	if (!status)
		status = s ? look(o, &v, &p, s) : EXIT_OWN;
	for (size_t i = 0; s && i < p.n; i++)
		sample_free(s[i]);
	free(s);
	pick_release(&p);
	return status;
}

/* SPDX-License-Identifier: MIT */
/* What the threads of some processes do now: two looks at each, a moment apart. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cmd/census_options.h"
#include "cmd/commands.h"
#include "cmd/print.h"
#include "sample/sample.h"

#define INTERVAL_NS 200000000U
#define LINES       24 /* of a screen, where there is none to ask */
#define LEAST_ROWS  3
#define OUTPUT_MAX  (256U << 20)
#define NOT_ALL     1 /* exit status: some of them could not be looked at */

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

struct showing {
	struct census_view v;
	enum census_format format;
	bool fit;   /* as many rows as a screen has */
	bool first; /* nothing has been shown yet */
};

static int show(struct showing *s, const struct census *c)
{
	struct outbuf out;
	int err = 0;

	outbuf_init(&out, OUTPUT_MAX);
	if (s->format == CENSUS_AS_TEXT && !s->first)
		puts("");
	if (s->format == CENSUS_AS_JSON)
		err = census_json(c, &s->v, &out);
	else if (s->format == CENSUS_AS_CSV)
		err = census_csv(c, &s->v, s->first, &out);
	else
		err = put_screen(c, &s->v, s->fit, &out);
	s->first = false;
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

struct looked {
	struct sample *at; /* NULL: there is none */
};

/* All processes are looked at first, then the time passes once. */
static int look(struct showing *show_as, uint64_t interval_ns, const struct picked *p, struct looked *s)
{
	int status = 0, failed = 0;

	for (size_t i = 0; i < p->n; i++) {
		int err = sample_new(&s[i].at, p->pid[i]);
		if (!err)
			continue;
		complain(p->pid[i], err);
		sample_free(s[i].at);
		s[i].at = NULL;
		failed = NOT_ALL;
	}
	pause_ns(interval_ns);
	for (size_t i = 0; i < p->n && !status; i++) {
		struct census c;
		int err = s[i].at ? sample_look(s[i].at, &c) : 0;
		if (err) {
			complain(p->pid[i], err);
			failed = NOT_ALL;
		}
		if (!s[i].at || err)
			continue;
		status = show(show_as, &c);
		census_release(&c);
	}
	return status ? status : failed;
}

int snapshot_cmd(struct options *o)
{
	struct picked p = { NULL, 0 };
	struct showing as = { .fit = o->census.top < 0, .first = true };
	struct looked *s = NULL;
	int status = census_view_of(&as.v, &as.format, o);

	if (!status)
		status = census_pick(&p, o);
	if (!status)
		s = calloc(p.n + 1, sizeof(*s));
	if (!status)
		status = s ? look(&as, o->census.interval_ns ? o->census.interval_ns : INTERVAL_NS, &p, s) : EXIT_OWN;
	for (size_t i = 0; s && i < p.n; i++)
		sample_free(s[i].at);
	free(s);
	pick_release(&p);
	return status;
}

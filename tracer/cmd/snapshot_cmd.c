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
#include "kernel/before_all.h"
#include "measure/measure.h"
#include "sample/frames.h"
#include "sample/sample.h"

#define INTERVAL_NS 200000000U
#define SAMPLE_NS   50000000U /* from one look to the next of --sample */
#define LINES       24        /* of a screen, where there is none to ask */
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
	struct frames *frames; /* --stacks; NULL: not asked for */
	struct census_view v;
	enum census_format format;
	bool fit;   /* as many rows as a screen has */
	bool first; /* nothing has been shown yet */
};

/* Whoever ends the look by a signal has what was read until then. */
static int show_stacks(const struct showing *s, const struct census *c, struct outbuf *out)
{
	struct census_stacks stacks;
	size_t top = s->fit ? 0 : s->v.top;
	int err = frames_read(s->frames, c, &stacks);

	if (!err || err == -EINTR)
		err = s->format == CENSUS_AS_JSON ? census_stacks_json(c, &stacks, top, out) :
						    census_stacks_text(c, &stacks, top, out);
	census_stacks_release(&stacks);
	return err;
}

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
	if (!err && s->frames)
		err = show_stacks(s, c, &out);
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

struct looked {
	struct sample *at; /* NULL: there is none */
};

/* Where switches are so many that their cost may matter, that is measured, which takes a moment. */
static void measure_switch(struct census *c)
{
	enum { BUDGET_NS = 20000000 };
	const double often = 5000; /* a second */
	struct census_group sum = census_total(c);
	struct cost cost;

	if (sum.voluntary + sum.involuntary >= often && measure(&cost, COST_THREADS_ONE, BUDGET_NS) == 0 && cost.n)
		c->machine.switch_ns = (uint64_t)cost.median;
}

/* All processes are looked at first, then the time passes once. */
static int look(struct showing *show_as, uint64_t interval_ns, const struct picked *p, struct looked *s)
{
	int status = 0, failed = 0;
	struct before_all before;

	before_all_begin(&before);
	for (size_t i = 0; i < p->n; i++) {
		int err = sample_new(&s[i].at, p->pid[i]);
		if (!err) {
			census_ask(s[i].at, &show_as->v, show_as->format == CENSUS_AS_JSON);
			continue;
		}
		complain(p->pid[i], err);
		sample_free(s[i].at);
		s[i].at = NULL;
		failed = NOT_ALL;
	}
	census_pause(interval_ns);
	for (size_t i = 0; i < p->n && !status; i++) {
		struct census c;
		int err = s[i].at ? sample_look(s[i].at, &c) : 0;
		if (err) {
			complain(p->pid[i], err);
			failed = NOT_ALL;
		}
		if (!s[i].at || err)
			continue;
		measure_switch(&c);
		status = show(show_as, &c);
		census_release(&c);
	}
	before_all_end(&before);
	return status ? status : failed;
}

/* ---- many looks ---- */

static int show_tally(const struct showing *as, struct census_tally *t, const struct census *c)
{
	struct outbuf out;
	int err = 0;

	outbuf_init(&out, OUTPUT_MAX);
	size_t top = as->fit && as->format == CENSUS_AS_TEXT ? LINES - 4 : as->v.top;
	if (as->format == CENSUS_AS_JSON)
		err = census_tally_json(t, c, top, &out);
	else
		census_tally_text(t, c, top, &out);
	int status = print(&out, stdout);
	return err ? EXIT_OWN : status;
}

/* One process, looked at for so long. What is dear to look at is looked at less often. */
static int sample_process(const struct showing *as, const struct options *o, pid_t pid)
{
	struct census_tally tally = { .row = NULL };
	struct census c = { .task = NULL };
	struct sample *s;
	struct timespec ts;
	uint64_t every = o->census.interval_ns ? o->census.interval_ns : SAMPLE_NS, now, end = 0;
	int err = sample_new(&s, pid);

	if (!err)
		census_ask(s, &as->v, false);
	do {
		if (!err)
			census_pause(every);
		clock_gettime(CLOCK_MONOTONIC, &ts);
		now = (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
		end = end ? end : now + o->census.sample_ns;
		struct census next;
		if (!err)
			err = sample_look(s, &next);
		if (err)
			break;
		census_release(&c);
		c = next;
		err = census_tally_add(&tally, &c, as->v.by);
	} while (!err && now < end);
	int status = 0;
	if (err && !(err == -ESRCH && tally.looks)) {
		complain(pid, err);
		status = NOT_ALL;
	} else {
		status = show_tally(as, &tally, &c);
	}
	census_release(&c);
	census_tally_release(&tally);
	sample_free(s);
	return status;
}

static int sample_all(const struct showing *as, const struct options *o, const struct picked *p)
{
	int status = 0;

	if (o->census.all || as->format == CENSUS_AS_CSV) {
		fprintf(stderr,
			"thrtrace: --sample tells averages of groups, as text or json: not --all, and not csv\n");
		return EXIT_OWN;
	}
	for (size_t i = 0; i < p->n && status <= NOT_ALL; i++) {
		int s = sample_process(as, o, p->pid[i]);
		status = s ? s : status;
	}
	return status;
}

/* 0, or an exit status after it has said why. */
static int ask_for_stacks(struct showing *as, const struct options *o)
{
	if (!o->census.stacks)
		return 0;
	if (o->census.sample_ns || as->format == CENSUS_AS_CSV) {
		fprintf(stderr,
			"thrtrace: --stacks goes with one look, as text or json: not with --sample, and not as csv\n");
		return EXIT_OWN;
	}
	int err = frames_new(&as->frames);
	if (err)
		fprintf(stderr, "thrtrace: --stacks: %s\n", strerror(-err));
	return err ? EXIT_OWN : 0;
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
		status = ask_for_stacks(&as, o);
	if (!status && !o->census.sample_ns)
		s = calloc(p.n + 1, sizeof(*s));
	if (!status && o->census.sample_ns)
		status = sample_all(&as, o, &p);
	else if (!status)
		status = s ? look(&as, o->census.interval_ns ? o->census.interval_ns : INTERVAL_NS, &p, s) : EXIT_OWN;
	for (size_t i = 0; s && i < p.n; i++)
		sample_free(s[i].at);
	free(s);
	frames_free(as.frames);
	pick_release(&p);
	return status;
}

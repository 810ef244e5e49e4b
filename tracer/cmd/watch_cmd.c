/* SPDX-License-Identifier: MIT */
/* The same as --snapshot, again and again: on a terminal a page with keys, else blocks or lines. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/census_options.h"
#include "cmd/commands.h"
#include "cmd/pick.h"
#include "cmd/print.h"
#include "cmd/screen.h"
#include "cmd/watch_page.h"
#include "sample/sample.h"

#define INTERVAL_NS 2000000000U
#define FIRST_NS    200000000U /* nobody waits so long for the first page */
#define SHARE       0.15       /* of one CPU that looking may take */
#define OUTPUT_MAX  (256U << 20)

static volatile sig_atomic_t stopped;

static void on_signal(int sig)
{
	stopped = sig;
}

struct watch {
	const struct options *o;
	struct sample *s;
	struct census c;
	bool any;          /* there is a census */
	bool ended;        /* the process has */
	uint64_t every_ns; /* from one look to the next: as asked, or longer where looking is dear */
	uint64_t look_ns;  /* CPU time of the last look */
};

static uint64_t clock_ns(clockid_t which)
{
	struct timespec ts;

	clock_gettime(which, &ts);
	return (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
}

/* 0, with the census in w; -ESRCH when the process has ended; another -errno. */
static int look(struct watch *w)
{
	uint64_t begin = clock_ns(CLOCK_PROCESS_CPUTIME_ID), asked = w->o->census.interval_ns;
	struct census c;
	int err = sample_look(w->s, &c);

	w->look_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - begin;
	uint64_t least = (uint64_t)((double)w->look_ns / SHARE);
	asked = asked ? asked : INTERVAL_NS;
	w->every_ns = least > asked ? least : asked;
	if (err)
		return err;
	census_release(&w->c);
	w->c = c;
	w->any = true;
	return 0;
}

static bool is_stretched(const struct watch *w)
{
	uint64_t asked = w->o->census.interval_ns ? w->o->census.interval_ns : INTERVAL_NS;

	return w->every_ns > asked;
}

/* ---- on a terminal ---- */

static void say_stretched(const struct watch *w, struct watch_page *p)
{
	if (is_stretched(w) && !p->said[0])
		snprintf(p->said, sizeof(p->said),
			"a look each %.1f s: one takes %.2f s of CPU, and %.0f %% are the most",
			(double)w->every_ns / 1e9, (double)w->look_ns / 1e9, SHARE * 100);
}

/* Keys until the next look is due. 0 or -errno. */
static int serve_keys(struct watch *w, struct watch_page *p, uint64_t until_ns)
{
	while (!stopped && !p->done) {
		uint64_t now = clock_ns(CLOCK_MONOTONIC);
		bool waits = w->ended || p->frozen;
		if (!waits && now >= until_ns)
			return 0;
		uint64_t left = waits ? 1000 : (until_ns - now) / 1000000 + 1;
		bool was_frozen = p->frozen;
		if (!watch_page_key(p, screen_key((unsigned)left)))
			continue;
		int err = watch_page_draw(p, &w->c);
		if (err || (was_frozen && !p->frozen))
			return err;
	}
	return 0;
}

static int on_terminal(struct watch *w, const struct census_view *v)
{
	struct watch_page p;
	int err = 0;

	watch_page_init(&p, v);
	while (!err && !stopped && !p.done) {
		uint64_t begin = clock_ns(CLOCK_MONOTONIC);
		census_ask(w->s, &p.view, p.thread != 0);
		if (!w->ended)
			err = look(w);
		if (err == -ESRCH && w->any) {
			w->ended = true;
			err = 0;
			snprintf(p.said, sizeof(p.said), "process %d has ended; this is how it was last | q quit",
				w->c.pid);
		}
		say_stretched(w, &p);
		if (!err)
			err = watch_page_draw(&p, &w->c);
		if (!err)
			err = serve_keys(w, &p, begin + w->every_ns);
	}
	watch_page_release(&p);
	return err;
}

/* ---- elsewhere ---- */

static void pause_until(uint64_t ns)
{
	struct timespec ts = { (time_t)(ns / 1000000000U), (long)(ns % 1000000000U) };

	while (!stopped && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

/* A block for each look, until the process ends, a signal comes, or nobody reads any more. */
static int in_blocks(struct watch *w, struct census_view *v, enum census_format format)
{
	bool first = true;
	int err = 0;

	census_ask(w->s, v, format == CENSUS_AS_JSON);
	while (!stopped) {
		uint64_t begin = clock_ns(CLOCK_MONOTONIC);
		err = look(w);
		if (err)
			break;
		struct outbuf out;
		outbuf_init(&out, OUTPUT_MAX);
		err = format == CENSUS_AS_JSON  ? census_json(&w->c, v, &out) :
			format == CENSUS_AS_CSV ? census_csv(&w->c, v, first, &out) :
						  census_text(&w->c, v, &out);
		if (!err && format == CENSUS_AS_TEXT)
			outbuf_puts(&out, "\n");
		first = false;
		if (print(&out, stdout) || err)
			break;
		pause_until(begin + w->every_ns);
	}
	return err == -ESRCH && w->any ? 0 : err;
}

static int watch(struct watch *w, struct census_view *v, enum census_format format)
{
	struct sigaction act = { .sa_handler = on_signal };
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

	for (unsigned i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &act, NULL);
	signal(SIGPIPE, SIG_IGN);
	pause_until(clock_ns(CLOCK_MONOTONIC) + FIRST_NS);
	if (format != CENSUS_AS_TEXT || screen_open()) {
		v->top = w->o->census.top < 0 ? 16 : v->top;
		return in_blocks(w, v, format);
	}
	int err = on_terminal(w, v);
	screen_close();
	if (w->ended)
		fprintf(stderr, "thrtrace: process %d has ended\n", w->c.pid);
	return err;
}

int watch_cmd(struct options *o)
{
	struct picked p = { NULL, 0 };
	struct watch w = { .o = o };
	struct census_view v;
	enum census_format format = CENSUS_AS_TEXT;
	int status = census_view_of(&v, &format, o);

	if (!status)
		status = census_pick(&p, o);
	if (!status && p.n != 1) {
		fprintf(stderr, "thrtrace: --watch: one process at a time, and these are %zu\n", p.n);
		status = EXIT_OWN;
	}
	int err = status ? 0 : sample_new(&w.s, p.pid[0]);
	if (!err && !status)
		err = watch(&w, &v, format);
	if (err) {
		fprintf(stderr, "thrtrace: process %d: %s\n", p.pid[0], strerror(-err));
		status = EXIT_OWN;
	}
	sample_free(w.s);
	census_release(&w.c);
	pick_release(&p);
	return status;
}

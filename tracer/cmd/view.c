/* SPDX-License-Identifier: MIT */
#include "cmd/judging.h"
#include "cmd/print.h"
#include "cmd/view.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool want_color(const struct options *o, int fd)
{
	const char *no = getenv("NO_COLOR");

	if (o->color >= 0)
		return o->color;
	return !(no && *no) && isatty(fd);
}

/* 0, no folding, where the trace goes to a file or a pipe. */
static unsigned terminal_width(int fd)
{
	unsigned columns = print_columns(fd);

	return columns && columns < 60 ? 60 : columns;
}

/*
 * A program that thrtrace starts has stdout for itself. Nothing else is printed there of a record or of what runs
 * already: the trace is, as pipes expect.
 */
static const char *target(const struct options *o)
{
	if (o->output)
		return o->output;
	return o->command == DO_replay || o->processes.n ? "-" : NULL;
}

/* One view of this format into `to` (output_open); its errors are said. */
static int open_one(struct run *r, const struct options *o, const char *format, const char *to)
{
	const struct sink_ops *ops = sink_by_name(format);
	struct sink_config config = o->view;

	if (!ops) {
		fprintf(stderr, "thrtrace: --format=%s: it is one of", format);
		for (size_t i = 0; sink_at(i); i++)
			fprintf(stderr, "%s %s", i ? "," : "", sink_at(i)->name);
		fprintf(stderr, "\n");
		return -EINVAL;
	}
	struct view v = { .name = !to ? "standard error" : strcmp(to, "-") == 0 ? "standard output" : to };
	for (size_t i = 0; i < r->tell.n_views; i++)
		if (strcmp(v.name, r->tell.view[i].name) == 0) {
			fprintf(stderr, "thrtrace: %s: two views can't be written there\n", v.name);
			return -EINVAL;
		}
	config.chosen = o->command == DO_observe ? NULL : &r->asked.choice;
	if (o->append && ops->document) {
		fprintf(stderr, "thrtrace: -A: --format=%s is one document: nothing can be appended to it\n",
			ops->name);
		return -EINVAL;
	}
	int err = o->append ? output_open_to_append(&v.output, to) : output_open(&v.output, to);
	if (err) {
		fprintf(stderr, "thrtrace: %s: %s\n", v.name, strerror(-err));
		return err;
	}
	v.output.waits = o->command == DO_replay;
	config.color = want_color(o, v.output.fd);
	config.width = terminal_width(v.output.fd);
	v.sink = sink_new(ops, &config);
	err = v.sink ? telling_add_view(&r->tell, &v) : -ENOMEM;
	if (err) {
		sink_free(v.sink);
		output_close(&v.output);
	}
	return err;
}

/* The format of the first view; NULL after it has said why there is none. */
static const char *first_format(const struct options *o)
{
	const char *format = o->format ? o->format : o->counts_alone ? "calls" : "text";
	const struct sink_ops *ops = sink_by_name(format);

	if (o->counts_alone && o->view.counts)
		fprintf(stderr,
			"thrtrace: -c is the table of calls alone, -C has it beside the trace: one or the other\n");
	else if (o->counts_alone && strcmp(format, "calls") != 0)
		fprintf(stderr, "thrtrace: -c is the table of calls alone: --format=%s:FILE is one more view\n",
			format);
	else if (o->counts_words && !o->counts_alone && !o->view.counts && !o->also[0] && strcmp(format, "calls") != 0)
		fprintf(stderr,
			"thrtrace: -S and -U are about the table of calls: -c, -C or --format=calls asks for it\n");
	else if (o->view.counts && ops && !ops->counted)
		fprintf(stderr, "thrtrace: -C: no table may stand behind --format=%s: --format=calls:FILE is one\n",
			format);
	else
		return format;
	return NULL;
}

int view_open(struct run *r, const struct options *o)
{
	const char *first = first_format(o);
	char format[32];
	int err = first ? judging_begin(&r->tell.judge, o) : -EINVAL;

	r->tell.long_join_ns = o->long_join_ns;
	if (!err)
		err = open_one(r, o, first, target(o));
	if (!err)
		r->command = r->tell.view[0].output.command;
	for (size_t i = 0; !err && i < o->n_also; i++) {
		const char *file = strchr(o->also[i], ':') + 1;
		snprintf(format, sizeof(format), "%.*s", (int)(file - 1 - o->also[i]), o->also[i]);
		err = open_one(r, o, format, file);
	}
	if (!err && o->command != DO_replay && !telling_is_eager(&r->tell))
		progress_begin(&r->tell.progress, o->progress, o->processes.n);
	return err;
}

/* Standard error may be the very pipe that nobody reads. */
static bool can_say(void)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };

	return poll(&p, 1, 0) == 1;
}

/* A reader that took nothing, or not in time, is no failure of thrtrace's: the trace says so, and so does this. */
static void say_lost(struct view *v)
{
	if (v->lost_in_all && can_say())
		fprintf(stderr,
			"thrtrace: %s: %" PRIu64 " events are missing there: its reader took nothing for so long\n",
			v->name, v->lost_in_all);
	if (v->error != -ETIMEDOUT)
		return;
	if (can_say())
		fprintf(stderr, "thrtrace: %s: the end of the trace is missing there: its reader took nothing\n",
			v->name);
	v->error = 0;
}

void view_close(struct run *r)
{
	telling_close_views(&r->tell);
	judging_release(&r->tell.judge);
}

int view_conclude(struct run *r, int err)
{
	struct telling *t = &r->tell;

	/* Who has asked thrtrace to end waits for it. */
	int finish = telling_finish(t, r->leaving ? VIEW_PATIENCE_NS : UINT64_MAX);
	if (!err && finish != -ETIMEDOUT)
		err = finish;
	for (size_t i = 0; i < t->n_views; i++) {
		say_lost(&t->view[i]);
		int own = t->view[i].error;
		if (!own || own == -EPIPE || t->n_views == 1)
			continue;
		fprintf(stderr, "thrtrace: %s: %s: the trace ends early there\n", t->view[i].name, strerror(-own));
		err = err ? err : own;
	}
	return err;
}

bool view_has_told(const struct run *r, int err)
{
	const struct telling *t = &r->tell;

	for (size_t i = 0; t->n_views > 1 && i < t->n_views; i++)
		if (t->view[i].error == err)
			return true;
	return false;
}

int view_summary(struct run *r)
{
	bool killed = r->main.ended && WIFSIGNALED(r->main.wstatus);
	struct event ev = {
		.kind = EV_SUMMARY,
		.u.summary = { .exit_status = killed || !r->main.ended ? -1 : WEXITSTATUS(r->main.wstatus),
			.exit_signal = killed ? WTERMSIG(r->main.wstatus) : 0,
			.stops = r->stops },
	};
	int err = telling_tell(&r->tell, &ev, true);

	return err ? err : telling_idle(&r->tell);
}

int view_found(const struct run *r, const struct options *o)
{
	bool dies = o->command != DO_replay && r->main.ended && WIFSIGNALED(r->main.wstatus);

	return dies ? 0 : judging_status(&r->tell.findings, o);
}

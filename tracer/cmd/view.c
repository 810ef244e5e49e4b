/* SPDX-License-Identifier: MIT */
#include "cmd/view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tell/emit.h"

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
	struct winsize size;

	if (!isatty(fd) || ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return 0;
	return size.ws_col >= 60 ? size.ws_col : 60;
}

int view_open(struct run *r, const struct options *o)
{
	const struct sink_ops *ops = sink_by_name(o->format ? o->format : "text");
	struct sink_config config = o->view;

	if (!ops) {
		fprintf(stderr, "thrtrace: --format=%s: it is one of", o->format);
		for (size_t i = 0; sink_at(i); i++)
			fprintf(stderr, "%s %s", i ? "," : "", sink_at(i)->name);
		fprintf(stderr, "\n");
		return -EINVAL;
	}
	int err = output_open(&r->output, o->output);
	if (err) {
		fprintf(stderr, "thrtrace: %s: %s\n", o->output, strerror(-err));
		return err;
	}
	r->command = r->output.command;
	config.color = want_color(o, r->output.fd);
	config.width = terminal_width(r->output.fd);
	r->sink = sink_new(ops, &config);
	return r->sink ? 0 : -ENOMEM;
}

int view_summary(struct run *r)
{
	bool killed = r->main_ended && WIFSIGNALED(r->main_wstatus);
	struct event ev = {
		.kind = EV_SUMMARY,
		.u.summary = { .exit_status = killed || !r->main_ended ? -1 : WEXITSTATUS(r->main_wstatus),
			.exit_signal = killed ? WTERMSIG(r->main_wstatus) : 0,
			.stops = r->stops,
			.findings = r->findings },
	};
	int err = emit(r, &ev, true);

	return err ? err : emit_idle(r);
}

int view_found(const struct run *r, const struct options *o)
{
	return r->findings && !(r->main_ended && WIFSIGNALED(r->main_wstatus)) ? o->error_exitcode : 0;
}

/* SPDX-License-Identifier: MIT */
#include "tell/progress.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* A trace that is over sooner has no line. */
#define FIRST_NS 500000000U

#define CLEAR "\r\033[K"

static bool in_foreground(void)
{
	return tcgetpgrp(STDERR_FILENO) == getpgrp();
}

void progress_begin(struct progress *p, enum progress_wanted wanted, bool own)
{
	/* A program whose standard output is a terminal writes there, and may have all of its screen. */
	bool harms = !own && isatty(STDOUT_FILENO);

	*p = (struct progress){ .next_ns = FIRST_NS };
	p->on = wanted != PROGRESS_OFF && (wanted == PROGRESS_ON || !harms) && isatty(STDERR_FILENO) && in_foreground();
}

/* A terminal that is held by Ctrl-S must not hold the trace. */
static bool write_now(const char *line, size_t len)
{
	struct pollfd fd = { .fd = STDERR_FILENO, .events = POLLOUT };

	return poll(&fd, 1, 0) == 1 && (fd.revents & POLLOUT) && write(STDERR_FILENO, line, len) == (ssize_t)len;
}

static unsigned columns(void)
{
	struct winsize size;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}

static void show(struct progress *p, uint64_t now_ns, const struct model *m, uint64_t findings)
{
	struct model_counts c = model_counts(m);
	uint64_t since_ns = now_ns - p->last_ns, born = c.births - p->last_births;
	char text[200], line[sizeof(text) + sizeof(CLEAR)];

	(void)snprintf(text, sizeof(text),
		"%" PRIu64 ":%02" PRIu64 "  %" PRIu64 " births, %" PRIu64 " a second; %" PRIu64 " live, %" PRIu64
		" ends; %" PRIu64 " finding%s",
		now_ns / 60000000000U, now_ns / 1000000000U % 60, c.births,
		since_ns ? born * 1000000000U / since_ns : 0, c.live, c.ends, findings, findings == 1 ? "" : "s");
	unsigned width = columns(); /* one that is folded can't be written over */
	if (strlen(text) >= width)
		text[width - 1] = '\0';
	int len = snprintf(line, sizeof(line), CLEAR "%s", text);
	p->shown |= in_foreground() && write_now(line, (size_t)len);
	p->last_ns = now_ns;
	p->last_births = c.births;
	p->next_ns = now_ns + PROGRESS_NS;
}

void progress_at(struct progress *p, uint64_t now_ns, const struct model *m, uint64_t findings)
{
	if (p->on && now_ns >= p->next_ns)
		show(p, now_ns, m, findings);
}

void progress_clear(struct progress *p)
{
	if (p->shown)
		(void)write_now(CLEAR, sizeof(CLEAR) - 1);
	p->shown = false;
	p->on = false;
}

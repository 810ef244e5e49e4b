/* SPDX-License-Identifier: MIT */
/* The table of calls alone (-c), and beside another view (-C). */
#include <errno.h>
#include <stdlib.h>

#include "sinks/counts.h"

struct calls {
	struct sink s;
	struct counts counts;
	struct sink *inner; /* the view before whose table nothing is left out; NULL: there is the table alone */
};

static int calls_event(struct sink *s, const struct event *ev, const struct model *m, struct outbuf *out)
{
	struct calls *c = (struct calls *)s;
	int err = c->inner ? c->inner->ops->event(c->inner, ev, m, out) : 0;

	if (c->inner)
		s->told = c->inner->told;
	counts_event(&c->counts, ev, s->config.chosen);
	if (!err && ev->kind == EV_SUMMARY)
		counts_table(&c->counts, &s->config.count, out);
	return err;
}

static int calls_idle(struct sink *s, struct outbuf *out)
{
	struct sink *inner = ((struct calls *)s)->inner;

	return inner && inner->ops->idle ? inner->ops->idle(inner, out) : 0;
}

static void calls_release(struct sink *s)
{
	struct sink *inner = ((struct calls *)s)->inner;

	if (inner && inner->ops->release)
		inner->ops->release(inner);
	free(inner);
}

const struct sink_ops sink_calls = {
	.name = "calls",
	.help = "how often which call was made, as strace -c",
	.size = sizeof(struct calls),
	.event = calls_event,
	.idle = calls_idle,
	.release = calls_release,
};

struct sink *counted_sink(struct sink *inner)
{
	struct calls *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->s.ops = &sink_calls;
	c->s.config = inner->config;
	c->inner = inner;
	return &c->s;
}

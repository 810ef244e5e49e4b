/* SPDX-License-Identifier: MIT */
/* A part of a census: the tasks that somebody asks for. */
#include "census/census_impl.h"

#include <string.h>

static bool is_kept(const struct census_task *t, const struct census_filter *f)
{
	if (f->name[0] && !strstr(t->comm, f->name))
		return false;
	if (f->like == BY_THREAD)
		return true;
	bool name = strcmp(t->pattern, f->pattern) == 0, place = strcmp(t->place, f->place) == 0;
	switch (f->like) {
	case BY_NAME_AND_WAIT:
		return name && place;
	case BY_NAME:
		return name;
	case BY_WAIT:
		return place;
	case BY_STATE:
		return t->state == f->state;
	case BY_POLICY:
		return t->policy == f->policy;
	case BY_ROLE:
		return strcmp(t->role, f->role) == 0;
	case BY_START:
		return strcmp(t->start, f->start) == 0;
	case BY_THREAD:
		break;
	}
	return true;
}

void census_keep(struct census *c, const struct census_filter *f)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++)
		if (is_kept(&c->task[i], f))
			c->task[n++] = c->task[i];
	c->n = n;
}

void census_filter_like(struct census_filter *f, enum census_by by, const struct census_task *t)
{
	f->like = by;
	memcpy(f->pattern, t->pattern, sizeof(f->pattern));
	memcpy(f->place, t->place, sizeof(f->place));
	memcpy(f->role, t->role, sizeof(f->role));
	memcpy(f->start, t->start, sizeof(f->start));
	f->state = t->state;
	f->policy = t->policy;
}

void census_thread_page(const struct census *c, const struct census_task *t, struct outbuf *out)
{
	struct census one = *c;
	struct census_task copy = *t;
	struct census_group g;

	one.task = &copy;
	one.n = 1;
	g = census_total(&one);
	for (unsigned i = 0; i < CENSUS_COLUMNS; i++) {
		if (i == COL_COUNT)
			continue;
		outbuf_printf(out, "  %s", census_column_rows[i].title);
		outbuf_pad(out, 14);
		size_t begin = out->len;
		census_cell(&one, &g, (enum census_column)i, out);
		outbuf_puts(out, out->len == begin ? "-\n" : "\n");
	}
	if (t->is.split)
		outbuf_printf(out, "  SWITCHES    %llu of itself, %llu not, since its birth\n",
			(unsigned long long)t->is.voluntary, (unsigned long long)t->is.involuntary);
	if (t->call_known && t->nr >= 0)
		outbuf_printf(out, "  CALL        %lld (%#llx, %#llx, %#llx ...)\n", (long long)t->nr,
			(unsigned long long)t->arg[0], (unsigned long long)t->arg[1], (unsigned long long)t->arg[2]);
	if (t->lock.kind != WAIT_NONE)
		outbuf_printf(out, "  LOCK        at %#llx\n", (unsigned long long)t->lock.at);
}

/* SPDX-License-Identifier: MIT */
/* Many looks at one process: how many threads were in each state and place, on average. */
#include "census/census_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <thrtrace/tables.h>

#include "text/json_values.h"

struct tally_row {
	char name[CENSUS_START_MAX], wait[CENSUS_TEXT_MAX];
	double state[sizeof(CENSUS_LETTERS)]; /* sums over all looks */
	double all, active;                   /* active: they run, are ready to, or wait where nothing can wake them */
};

void census_tally_release(struct census_tally *t)
{
	free(t->row);
	*t = (struct census_tally){ .row = NULL };
}

/* What is the same for all of such a group, at each look. */
static void name_row(struct tally_row *row, const struct census *c, const struct census_group *g, enum census_by by)
{
	const struct census_task *t = g->first;

	if (by == BY_NAME_AND_WAIT || by == BY_NAME)
		snprintf(row->name, sizeof(row->name), "%s", t->pattern);
	else if (by == BY_STATE)
		snprintf(row->name, sizeof(row->name), "%c", t->state ? t->state : '?');
	else if (by == BY_POLICY)
		snprintf(row->name, sizeof(row->name), "%s", census_value_of(c, g, COL_POLICY).text);
	else if (by == BY_ROLE)
		snprintf(row->name, sizeof(row->name), "%s", t->role[0] ? t->role : "(no known role)");
	else if (by == BY_START)
		snprintf(row->name, sizeof(row->name), "%s", t->start[0] ? t->start : "(no known start)");
	if (by == BY_NAME_AND_WAIT || by == BY_WAIT)
		snprintf(row->wait, sizeof(row->wait), "%s", t->place);
}

static struct tally_row *row_of(struct census_tally *t, const struct tally_row *like)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->row[i].name, like->name) == 0 && strcmp(t->row[i].wait, like->wait) == 0)
			return &t->row[i];
	if (t->n == t->room) {
		size_t room = t->room ? 2 * t->room : 64;
		struct tally_row *grown = realloc(t->row, room * sizeof(*grown));
		if (!grown)
			return NULL;
		t->row = grown;
		t->room = room;
	}
	t->row[t->n] = *like;
	return &t->row[t->n++];
}

int census_tally_add(struct census_tally *t, const struct census *c, enum census_by by)
{
	struct census_group *g;
	size_t n;
	int err = census_groups(c, by, &g, &n);

	if (err)
		return err;
	t->by = by;
	if (!t->looks++)
		t->begin_ns = c->end_ns;
	t->end_ns = c->end_ns;
	for (size_t i = 0; !err && i < n; i++) {
		struct tally_row like = { .all = 0 }, *row;
		name_row(&like, c, &g[i], by);
		row = row_of(t, &like);
		err = row ? 0 : -ENOMEM;
		for (unsigned s = 0; row && s < sizeof(CENSUS_LETTERS); s++) {
			row->state[s] += g[i].states[s];
			row->all += g[i].states[s];
			if (s < sizeof(CENSUS_LETTERS) - 1 && strchr("RD", CENSUS_LETTERS[s]))
				row->active += g[i].states[s];
		}
	}
	free(g);
	return err;
}

static int most_active_first(const void *a, const void *b)
{
	const struct tally_row *x = a, *y = b;

	if (x->active != y->active)
		return x->active < y->active ? 1 : -1;
	if (x->all != y->all)
		return x->all < y->all ? 1 : -1;
	return strcmp(x->name, y->name) ? strcmp(x->name, y->name) : strcmp(x->wait, y->wait);
}

static void sort(struct census_tally *t)
{
	if (t->n)
		qsort(t->row, t->n, sizeof(*t->row), most_active_first);
}

/* ---- as text ---- */

enum { AT_ACTIVE = 8, AT_ALL = 18, AT_STATE = 20, AT_NAME = 40, AT_WAIT = 66 };

static void put_number(struct outbuf *out, size_t end, double v)
{
	struct outbuf b;

	outbuf_init(&b, 64);
	outbuf_printf(&b, "%.2f", v);
	outbuf_pad(out, b.len < end ? end - b.len : 0);
	outbuf_puts(out, outbuf_str(&b));
	outbuf_release(&b);
}

static void put_cell(struct outbuf *out, size_t at, const char *text)
{
	outbuf_pad(out, at);
	if (out->len && out->data[out->len - 1] != ' ')
		outbuf_putc(out, ' ');
	plain_format(out, text[0] ? text : "-");
}

static void put_row(const struct census_tally *t, const struct tally_row *row, struct outbuf *out)
{
	put_number(out, AT_ACTIVE, row->active / t->looks);
	put_number(out, AT_ALL, row->all / t->looks);
	outbuf_pad(out, AT_STATE);
	for (unsigned s = 0, first = 1; s < sizeof(CENSUS_LETTERS); s++)
		if (row->state[s] > 0) {
			outbuf_printf(out, "%s%c %.1f", first ? "" : ", ",
				s < sizeof(CENSUS_LETTERS) - 1 ? CENSUS_LETTERS[s] : '?', row->state[s] / t->looks);
			first = 0;
		}
	put_cell(out, AT_NAME, row->name);
	put_cell(out, AT_WAIT, row->wait);
	outbuf_putc(out, '\n');
}

void census_tally_text(struct census_tally *t, const struct census *c, size_t top, struct outbuf *out)
{
	size_t shown = top && top < t->n ? top : t->n;

	sort(t);
	outbuf_printf(out, "%d ", c->pid);
	plain_format(out, c->comm);
	outbuf_printf(out, ": %u looks within %.1f s; so many threads on average, active ones (R, D) first\n", t->looks,
		(double)(t->end_ns - t->begin_ns) / 1e9);
	outbuf_puts(out, "  ACTIVE       ALL  STATE");
	outbuf_pad(out, AT_NAME);
	outbuf_puts(out, census_column_rows[census_column_of(t->by)].title);
	outbuf_pad(out, AT_WAIT);
	outbuf_puts(out, "WAITS IN\n");
	for (size_t i = 0; i < shown; i++)
		put_row(t, &t->row[i], out);
	if (shown < t->n)
		outbuf_printf(out, "    and %zu more (--top=0 shows all)\n", t->n - shown);
}

/* ---- for programs ---- */

static json_t *average(const struct census_tally *t, double sum)
{
	return json_real((double)(int64_t)(sum / t->looks * 1000 + 0.5) / 1000);
}

int census_tally_json(struct census_tally *t, const struct census *c, size_t top, struct outbuf *out)
{
	int err = 0;

	sort(t);
	for (size_t i = 0; !err && i < t->n && (!top || i < top); i++) {
		const struct tally_row *row = &t->row[i];
		json_t *o = json_object(), *states = json_object();
		js_put(o, "event", json_string("census_tally"));
		js_put(o, "pid", js_number((uint64_t)c->pid));
		js_put(o, "looks", js_number(t->looks));
		js_put(o, "name", js_sentence(row->name));
		js_put(o, "wait", js_sentence(row->wait));
		js_put(o, "active", average(t, row->active));
		js_put(o, "all", average(t, row->all));
		for (unsigned s = 0; s < sizeof(CENSUS_LETTERS); s++) {
			const char key[] = { s < sizeof(CENSUS_LETTERS) - 1 ? CENSUS_LETTERS[s] : '?', '\0' };
			if (row->state[s] > 0)
				js_put(states, key, average(t, row->state[s]));
		}
		js_put(o, "states", states);
		err = js_write(o, out);
		outbuf_putc(out, '\n');
	}
	return err;
}

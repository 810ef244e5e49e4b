/* SPDX-License-Identifier: MIT */
/* A census as a table: what it is of, a row a group, and what is to be said of it. */
#include "census/census_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <thrtrace/explain_page.h>
#include <thrtrace/tables.h>

#define CELL_MAX 128
#define INDENT   4

/* ---- order ---- */

struct sortable {
	double number;
	const char *text;
	const struct census_group *group;
	pid_t tid;
	size_t n;
};

/* From high to low; where numbers are equal the greater group first, and then by tid. */
static int in_order(const void *a, const void *b)
{
	const struct sortable *x = a, *y = b;
	int by_text = x->text && y->text ? strcmp(x->text, y->text) : 0;

	if (by_text)
		return by_text;
	if (x->number != y->number)
		return x->number < y->number ? 1 : -1;
	if (x->n != y->n)
		return x->n < y->n ? 1 : -1;
	return (x->tid > y->tid) - (x->tid < y->tid);
}

int census_sort(const struct census *c, const struct census_view *v, struct census_group *group, size_t n)
{
	struct sortable *s = calloc(n + 1, sizeof(*s));
	struct census_group *sorted = calloc(n + 1, sizeof(*sorted));

	for (size_t i = 0; s && sorted && i < n; i++) {
		struct census_value value = census_value_of(c, &group[i], v->sort);
		s[i] = (struct sortable){ value.known ? value.number : -1, value.text, &group[i], group[i].first->tid,
			group[i].n };
	}
	if (s && sorted && n) {
		qsort(s, n, sizeof(*s), in_order);
		for (size_t i = 0; i < n; i++)
			sorted[i] = *s[i].group;
		memcpy(group, sorted, n * sizeof(*group));
	}
	int err = s && sorted ? 0 : -ENOMEM;
	free(s);
	free(sorted);
	return err;
}

/* ---- rows ---- */

struct table {
	const struct census *c;
	const struct census_view *v;
	size_t width[CENSUS_COLUMNS];
	bool used[CENSUS_COLUMNS]; /* something stands in it */
};

/* The text of a cell, cut to the column's width. */
static void cell_text(const struct table *t, const struct census_group *g, enum census_column col, struct outbuf *b)
{
	unsigned most = census_column_rows[col].width;

	outbuf_clear(b);
	census_cell(t->c, g, col, b);
	if (most && b->len > most) {
		b->len = most - 2;
		outbuf_puts(b, "..");
	}
}

static void measure(struct table *t, const struct census_group *group, size_t n)
{
	struct outbuf b;

	outbuf_init(&b, 4096);
	for (size_t k = 0; k < t->v->n_columns; k++) {
		enum census_column col = t->v->column[k];
		for (size_t i = 0; i < n; i++) {
			cell_text(t, &group[i], col, &b);
			t->used[col] |= b.len > 0;
			t->width[col] = b.len > t->width[col] ? b.len : t->width[col];
		}
	}
	outbuf_release(&b);
}

static void put_cell(const struct table *t, enum census_column col, const char *text, struct outbuf *line)
{
	size_t len = strlen(text), width = t->width[col];

	if (line->len)
		outbuf_puts(line, "  ");
	size_t end = line->len + width;
	if (census_is_number(col) && len < width)
		outbuf_pad(line, end - len);
	outbuf_puts(line, text);
	outbuf_pad(line, end);
}

static void put_line(const struct table *t, struct outbuf *line, struct outbuf *out)
{
	while (line->len && line->data[line->len - 1] == ' ')
		line->len--;
	if (t->v->width && line->len > t->v->width)
		line->len = t->v->width;
	outbuf_put(out, line->data, line->len);
	outbuf_putc(out, '\n');
	outbuf_clear(line);
}

/* group NULL: the titles. */
static void put_row(const struct table *t, const struct census_group *group, struct outbuf *line, struct outbuf *out)
{
	struct outbuf b;

	outbuf_init(&b, 4096);
	for (size_t k = 0; k < t->v->n_columns; k++) {
		enum census_column col = t->v->column[k];
		if (!t->used[col])
			continue;
		if (group)
			cell_text(t, group, col, &b);
		put_cell(t, col, !group ? census_column_rows[col].title : b.len ? outbuf_str(&b) : "-", line);
	}
	put_line(t, line, out);
	outbuf_release(&b);
}

/* ---- the head ---- */

static void put_memory(const struct census *c, const struct census_group *sum, struct outbuf *out)
{
	outbuf_puts(out, "    memory ");
	census_size(out, c->resident);
	outbuf_puts(out, " resident of ");
	census_size(out, c->vm);
	if (sum->any_stack) {
		outbuf_puts(out, "; stacks reserve ");
		census_size(out, sum->reserved);
	}
	if (sum->any_touched) {
		outbuf_puts(out, " and hold ");
		census_size(out, sum->touched);
	}
	if (c->machine.kernel_stack) {
		outbuf_puts(out, "; in the kernel ");
		census_size(out, c->machine.kernel_stack * sum->n);
	}
	outbuf_putc(out, '\n');
}

static void put_head(const struct census *c, const struct census_group *sum, struct outbuf *out)
{
	const char *sep = " (";

	outbuf_printf(out, "%d ", c->pid);
	plain_format(out, c->comm);
	outbuf_printf(out, ": %zu thread%s", c->n, c->n == 1 ? "" : "s");
	for (unsigned i = 0; c->n && i < sizeof(CENSUS_LETTERS) - 1; i++)
		if (sum->states[i]) {
			outbuf_printf(out, "%s%c %u", sep, CENSUS_LETTERS[i], sum->states[i]);
			sep = ", ";
		}
	outbuf_printf(out, "); within %.0f ms %zu born, %zu ended\n", census_seconds(c) * 1e3, c->born, c->ended);
	if (sum->any_account)
		outbuf_printf(out, "    CPU %.1f %% of %u CPU%s; ready and waiting %.1f %%", sum->cpu, c->machine.cpus,
			c->machine.cpus == 1 ? "" : "s", sum->queue);
	if (sum->any_split)
		outbuf_printf(
			out, "; %.0f switches a second of themselves, %.0f not", sum->voluntary, sum->involuntary);
	if (sum->any_account)
		outbuf_putc(out, '\n');
	put_memory(c, sum, out);
}

static void put_lacks(const struct census *c, struct outbuf *out)
{
	static const char *const what[CENSUS_LACKS] = { "CPU and queue", "switches", "where it waits", "the stack",
		"what a stack holds", "what it was made to run" };

	for (unsigned i = 0; i < CENSUS_LACKS; i++)
		if (c->lacks[i])
			outbuf_printf(out, "    - of %zu thread%s: %s is not known: %s\n", c->lacks[i],
				c->lacks[i] == 1 ? "" : "s", what[i], c->why[i] ? c->why[i] : "it could not be read");
}

struct said {
	struct outbuf *out;
	unsigned width;
};

static void put_verdict(void *ctx, const char *id, const char *text)
{
	const struct said *s = ctx;

	(void)id;
	outbuf_puts(s->out, "!! ");
	wrap_format(s->out, text, INDENT, s->width ? s->width : 120);
	outbuf_putc(s->out, '\n');
}

/* The rows from the first that has no room, in one. */
static struct census_group rest_of(const struct census_group *group, size_t n)
{
	struct census_group sum = { .n = 0 };

	for (size_t i = 0; i < n; i++)
		census_add_group(&sum, &group[i]);
	return sum;
}

void census_table(const struct census *c, const struct census_view *v, const struct census_group *group, size_t n,
	struct outbuf *out)
{
	struct table t = { .c = c, .v = v };
	struct outbuf line;
	size_t shown = v->top && v->top + 1 < n ? v->top : n; /* a sum of one group would be that group */
	struct census_group rest = rest_of(group + shown, n - shown);

	outbuf_init(&line, 65536);
	for (unsigned i = 0; i < CENSUS_COLUMNS; i++) {
		t.width[i] = strlen(census_column_rows[i].title);
		t.used[i] = i != COL_OTHER;
	}
	measure(&t, group, shown);
	measure(&t, &rest, shown < n);
	put_row(&t, NULL, &line, out);
	for (size_t i = 0; i < shown; i++)
		put_row(&t, &group[i], &line, out);
	if (shown < n)
		put_row(&t, &rest, &line, out);
	outbuf_release(&line);
	if (shown < n)
		outbuf_printf(out, "    the last row: %zu more (--top=%zu shows all)\n", n - shown, n);
}

void census_head(const struct census *c, struct outbuf *out)
{
	struct census_group sum = census_total(c);

	put_head(c, &sum, out);
}

int census_tail(const struct census *c, const struct census_view *v, struct outbuf *out)
{
	struct said said = { out, v->width };

	put_lacks(c, out);
	return census_verdicts(c, put_verdict, &said);
}

int census_text(const struct census *c, const struct census_view *v, struct outbuf *out)
{
	struct census_group *group;
	size_t n;

	int err = census_groups(c, v->by, &group, &n);
	if (err)
		return err;
	err = census_sort(c, v, group, n);
	census_head(c, out);
	if (n && !err)
		census_table(c, v, group, n, out);
	free(group);
	return err ? err : census_tail(c, v, out);
}

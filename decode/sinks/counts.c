/* SPDX-License-Identifier: MIT */
/* The table of calls, in the form of strace -c, so that what reads that reads it. */
#include "sinks/counts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- gathering ---- */

static void add(struct counts *c, enum call_id id, const struct task *t, uint64_t took_ns)
{
	struct call_count *n = &c->of[id];

	n->calls++;
	n->of_threads += t->id.tid != t->tgid;
	if (!took_ns)
		return;
	n->min_ns = n->timed && n->min_ns < took_ns ? n->min_ns : took_ns;
	n->max_ns = n->max_ns > took_ns ? n->max_ns : took_ns;
	n->time_ns += took_ns;
	n->timed++;
}

static void on_call(struct counts *c, const struct event *ev)
{
	const struct ev_call *call = &ev->u.call;
	enum call_id id = call->call->id;

	if (call->how == RESULT_NEVER) {
		c->unreturned += id != CALL_exit && id != CALL_exit_group;
		return;
	}
	add(c, id, ev->task, call->how == RESULT_SEEN ? call->took_ns : 0);
	c->of[id].errors += call->how == RESULT_SEEN && call_failed(call->result);
	c->unseen += call->how != RESULT_SEEN;
}

static void on_start(struct counts *c, const struct ev_start *s)
{
	c->program = s->argv && s->program.path;
	if (strcmp(s->mode, "light") == 0)
		c->way = COUNTS_LIGHT;
	else if (strcmp(s->mode, "observe") == 0)
		c->way = COUNTS_OBSERVED;
}

static bool is_asked(const struct call_choice *chosen, enum call_id id)
{
	return !chosen || chosen->shown[id];
}

void counts_event(struct counts *c, const struct event *ev, const struct call_choice *chosen)
{
	enum call_id exec = ev->kind == EV_EXEC && ev->u.exec.call ? ev->u.exec.call->id : CALL_execve;

	switch ((int)ev->kind) {
	case EV_START:
		on_start(c, &ev->u.start);
		c->by_rule = chosen && chosen->by_rule;
		break;
	case EV_BIRTH: /* the call's end had no stop that thrtrace could time */
		if (ev->u.birth.kind == BIRTH_PROGRAM && c->program && c->way == COUNTS_STOPS && is_asked(chosen, exec))
			add(c, exec, ev->task, 0);
		break;
	case EV_EXEC:
		if (c->way == COUNTS_STOPS && is_asked(chosen, exec))
			add(c, exec, ev->task, ev->u.exec.took_ns);
		break;
	case EV_CALL:
		if (is_asked(chosen, ev->u.call.call->id))
			on_call(c, ev);
		break;
	case EV_LOST:
		c->lost += ev->u.lost.events;
		break;
	default:
		break;
	}
}

/* ---- columns ---- */

/* A row: of one call, or of all. */
struct count_row {
	const char *name;
	struct call_count n;
	double percent;
};

#define NS 1e9

static void put_percent(const struct count_row *r, char *cell, size_t size)
{
	snprintf(cell, size, "%.2f", r->percent);
}

static void put_time(const struct count_row *r, char *cell, size_t size)
{
	snprintf(cell, size, "%.6f", (double)r->n.time_ns / NS);
}

static void put_min(const struct count_row *r, char *cell, size_t size)
{
	snprintf(cell, size, "%.6f", (double)r->n.min_ns / NS);
}

static void put_max(const struct count_row *r, char *cell, size_t size)
{
	snprintf(cell, size, "%.6f", (double)r->n.max_ns / NS);
}

static uint64_t average_ns(const struct call_count *n)
{
	return n->timed ? n->time_ns / n->timed : 0;
}

static void put_avg(const struct count_row *r, char *cell, size_t size)
{
	snprintf(cell, size, "%" PRIu64, average_ns(&r->n) / 1000);
}

static void put_calls(const struct count_row *r, char *cell, size_t size)
{
	snprintf(cell, size, "%" PRIu64, r->n.calls);
}

static void put_some(uint64_t n, char *cell, size_t size)
{
	if (n)
		snprintf(cell, size, "%" PRIu64, n);
}

static void put_errors(const struct count_row *r, char *cell, size_t size)
{
	put_some(r->n.errors, cell, size);
}

static void put_threads(const struct count_row *r, char *cell, size_t size)
{
	put_some(r->n.of_threads, cell, size);
}

static void put_name(const struct count_row *r, char *cell, size_t size)
{
	snprintf(cell, size, "%s", r->name);
}

/* words: strace's for it, the first of which its manual has. least: how wide strace's column is. */
static const struct {
	const char *title, *words;
	int least;
	void (*put)(const struct count_row *r, char *cell, size_t size);
} columns[COUNT_COLUMNS] = {
	[COUNT_PERCENT] = { "% time", "time-percent,time", 6, put_percent },
	[COUNT_TIME] = { "seconds", "total-time,time-total,total_time,time_total", 11, put_time },
	[COUNT_MIN] = { "shortest", "min-time,shortest,time-min,min_time,time_min", 8, put_min },
	[COUNT_MAX] = { "longest", "max-time,longest,time-max,max_time,time_max", 8, put_max },
	[COUNT_AVG] = { "usecs/call", "avg-time,time-avg,avg_time,time_avg", 11, put_avg },
	[COUNT_CALLS] = { "calls", "calls,count", 9, put_calls },
	[COUNT_ERRORS] = { "errors", "errors,error", 9, put_errors },
	[COUNT_THREADS] = { "by threads", "thread-calls", 10, put_threads },
	[COUNT_NAME] = { "syscall", "name,syscall,syscall-name,syscall_name", 16, put_name },
};

static const uint8_t usual[] = { COUNT_PERCENT, COUNT_TIME, COUNT_AVG, COUNT_CALLS, COUNT_ERRORS, COUNT_NAME };

/* ---- words of the command line ---- */

static bool has_word(const char *words, const char *word, size_t len)
{
	while (*words) {
		size_t n = strcspn(words, ",");
		if (n == len && memcmp(words, word, len) == 0)
			return true;
		words += n + (words[n] == ',');
	}
	return false;
}

static enum count_column column_of(const char *word, size_t len)
{
	unsigned c = 0;

	while (c < COUNT_COLUMNS && !has_word(columns[c].words, word, len))
		c++;
	return (enum count_column)c;
}

#define WORDS "time-percent, total-time, min-time, max-time, avg-time, calls, errors, thread-calls, name"

int count_sort_parse(struct count_choice *c, const char *word, char *err, size_t err_size)
{
	c->sort = column_of(word, strlen(word));
	if (c->sort != COUNT_NOTHING || has_word("nothing,none", word, strlen(word)))
		return 0;
	snprintf(err, err_size, "-S: '%.40s' is no column of the table of calls: it is one of " WORDS ", none", word);
	return -EINVAL;
}

int count_columns_parse(struct count_choice *c, const char *list, char *err, size_t err_size)
{
	bool taken[COUNT_COLUMNS + 1] = { false };

	c->n = 0;
	for (bool more = true; more;) {
		size_t len = strcspn(list, ",");
		enum count_column column = column_of(list, len);
		if (column == COUNT_NOTHING || taken[column]) {
			snprintf(err, err_size, "-U: '%.*s' %s: columns are " WORDS, (int)(len < 40 ? len : 40), list,
				column == COUNT_NOTHING ? "is no column of the table of calls" : "stands there twice");
			return -EINVAL;
		}
		taken[column] = true;
		c->column[c->n++] = (uint8_t)column;
		more = list[len] == ',';
		list += len + more;
	}
	if (!taken[COUNT_NAME])
		c->column[c->n++] = COUNT_NAME;
	return 0;
}

/* ---- the table ---- */

struct table {
	struct count_row row[CALL_IDS + 1]; /* the last: of all */
	size_t n;
	const uint8_t *column;
	unsigned n_columns;
	int width[COUNT_COLUMNS];
};

#define CELL 40

static void sum_up(struct call_count *all, const struct call_count *n)
{
	if (n->timed && (!all->timed || n->min_ns < all->min_ns))
		all->min_ns = n->min_ns;
	if (n->max_ns > all->max_ns)
		all->max_ns = n->max_ns;
	all->calls += n->calls;
	all->errors += n->errors;
	all->of_threads += n->of_threads;
	all->timed += n->timed;
	all->time_ns += n->time_ns;
}

static void gather(struct table *t, const struct counts *c)
{
	struct count_row all = { .name = "total", .percent = 100 };

	for (unsigned id = 0; id < CALL_IDS; id++)
		if (c->of[id].calls) {
			t->row[t->n++] = (struct count_row){ call_row((enum call_id)id)->name, c->of[id], 0 };
			sum_up(&all.n, &c->of[id]);
		}
	for (size_t i = 0; i < t->n && all.n.time_ns; i++)
		t->row[i].percent = 100.0 * (double)t->row[i].n.time_ns / (double)all.n.time_ns;
	t->row[t->n] = all;
}

static uint64_t value_of(const struct count_row *r, enum count_column by)
{
	switch (by) {
	case COUNT_PERCENT:
	case COUNT_TIME:
		return r->n.time_ns;
	case COUNT_MIN:
		return r->n.min_ns;
	case COUNT_MAX:
		return r->n.max_ns;
	case COUNT_AVG:
		return average_ns(&r->n);
	case COUNT_CALLS:
		return r->n.calls;
	case COUNT_ERRORS:
		return r->n.errors;
	case COUNT_THREADS:
		return r->n.of_threads;
	case COUNT_NAME:
	case COUNT_NOTHING:
		break;
	}
	return 0;
}

/* The largest first, equal ones by name; by name alone; or as they come. */
static bool is_before(const struct count_row *a, const struct count_row *b, enum count_column by)
{
	uint64_t x = value_of(a, by), y = value_of(b, by);

	if (by == COUNT_NOTHING)
		return false;
	return x != y ? x > y : strcmp(a->name, b->name) < 0;
}

static void sort(struct table *t, enum count_column by)
{
	for (size_t i = 1; i < t->n; i++) {
		struct count_row row = t->row[i];
		size_t at = i;
		for (; at && is_before(&row, &t->row[at - 1], by); at--)
			t->row[at] = t->row[at - 1];
		t->row[at] = row;
	}
}

static void widen(struct table *t, unsigned column, const char *cell)
{
	int n = (int)strlen(cell);

	if (t->width[column] < n)
		t->width[column] = n;
}

/* Each column is as wide as what stands in it, and no narrower than strace's. */
static void measure(struct table *t)
{
	for (unsigned i = 0; i < t->n_columns; i++) {
		unsigned c = t->column[i];
		t->width[c] = columns[c].least;
		for (size_t r = 0; r <= t->n; r++) {
			char cell[CELL] = "";
			columns[c].put(&t->row[r], cell, sizeof(cell));
			widen(t, c, cell);
		}
	}
}

/* The name is set to the left, and not padded where it is the last; numbers to the right. */
static void put_cell(const struct table *t, unsigned i, const char *cell, struct outbuf *out)
{
	unsigned c = t->column[i];
	bool last = i + 1 == t->n_columns;

	outbuf_puts(out, i ? " " : "");
	for (int n = (int)strlen(cell); c != COUNT_NAME && n < t->width[c]; n++)
		outbuf_putc(out, ' ');
	outbuf_puts(out, cell);
	for (int n = (int)strlen(cell); c == COUNT_NAME && !last && n < t->width[c]; n++)
		outbuf_putc(out, ' ');
	if (last)
		outbuf_putc(out, '\n');
}

static void titles(const struct table *t, struct outbuf *out)
{
	for (unsigned i = 0; i < t->n_columns; i++)
		put_cell(t, i, columns[t->column[i]].title, out);
}

static void rule(const struct table *t, struct outbuf *out)
{
	for (unsigned i = 0; i < t->n_columns; i++) {
		outbuf_puts(out, i ? " " : "");
		for (int n = 0; n < t->width[t->column[i]]; n++)
			outbuf_putc(out, '-');
	}
	outbuf_putc(out, '\n');
}

static void put_row(const struct table *t, const struct count_row *row, struct outbuf *out)
{
	for (unsigned i = 0; i < t->n_columns; i++) {
		char cell[CELL] = "";
		columns[t->column[i]].put(row, cell, sizeof(cell));
		put_cell(t, i, cell, out);
	}
}

/* What is not among the numbers, and why. all: the sum. */
static void put_lacks(const struct counts *c, const struct call_count *all, struct outbuf *out)
{
	uint64_t untimed = all->calls - all->timed;

	if (c->way == COUNTS_LIGHT)
		outbuf_puts(out,
			"calls are not counted in light mode: no task is stopped at one (--seccomp-bpf and "
			"--no-seccomp do)\n");
	if (c->way == COUNTS_OBSERVED)
		outbuf_puts(out,
			"calls are not counted by --observe, which stops nobody: at most those that make tasks are "
			"seen\n");
	if (c->way == COUNTS_STOPS && c->by_rule)
		outbuf_puts(out,
			"counted: calls of the lives of threads, as a trace shows them; -e trace=all: each that is "
			"followed\n");
	if (c->unreturned)
		outbuf_printf(out, "not counted: %" PRIu64 " call%s that did not return\n", c->unreturned,
			c->unreturned == 1 ? "" : "s");
	if (c->unseen)
		outbuf_printf(
			out, "of these, %" PRIu64 " whose result was not seen: no error is counted there\n", c->unseen);
	if (untimed > c->program && c->way == COUNTS_STOPS)
		outbuf_printf(out,
			"not timed: %" PRIu64
			" of these, whose ends had no stop: they are none of the seconds (-c times each)\n",
			untimed);
	if (c->lost)
		outbuf_printf(out, "not counted: calls among %" PRIu64 " events that are missing here\n", c->lost);
}

void counts_table(const struct counts *c, const struct count_choice *choice, struct outbuf *out)
{
	struct table t = { .column = choice->n ? choice->column : usual,
		.n_columns = choice->n ? choice->n : (unsigned)ARRAY_SIZE(usual) };

	gather(&t, c);
	if (t.n) {
		sort(&t, choice->sort);
		measure(&t);
		titles(&t, out);
		rule(&t, out);
		for (size_t i = 0; i < t.n; i++)
			put_row(&t, &t.row[i], out);
		rule(&t, out);
		put_row(&t, &t.row[t.n], out);
	}
	put_lacks(c, &t.row[t.n].n, out);
}

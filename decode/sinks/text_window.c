/* SPDX-License-Identifier: MIT */
#include "sinks/text_window.h"

#include <inttypes.h>
#include <stdlib.h>

#include <thrtrace/tables.h>

#include "sinks/text_columns.h"
#include "sinks/words.h"

/* As many as a screen has room for, below the rest of the page. */
#define ROWS_MAX 20

/* Where each column begins: as in a table of threads those are no lines of the plain trace. */
enum { AT_T = 2, AT_TID = 8, AT_NAME = 17, AT_CPU = 34, AT_SHARE = 43, AT_WAITED = 50, AT_TURNS = 60, AT_STARTS = 69 };

struct one {
	const struct task *task;
	struct task_account used;
};

static int by_cpu(const void *a, const void *b)
{
	const struct one *x = a, *y = b;

	if (x->used.cpu_ns != y->used.cpu_ns)
		return x->used.cpu_ns < y->used.cpu_ns ? 1 : -1;
	return x->task->label < y->task->label ? -1 : x->task->label > y->task->label;
}

static void title(struct outbuf *out)
{
	static const struct text_column columns[] = { { AT_T, "T" }, { AT_TID, "TID" }, { AT_NAME, "NAME" },
		{ AT_CPU, "CPU" }, { AT_SHARE, "CPU%" }, { AT_WAITED, "WAITED" }, { AT_TURNS, "TURNS" },
		{ AT_STARTS, "STARTS IN" } };

	text_column_titles(out, columns, ARRAY_SIZE(columns));
}

static void row(const struct one *one, struct outbuf *out)
{
	const struct task *t = one->task;
	uint64_t ns = task_ended_ns(t) - t->t_born_ns;
	size_t line = out->len;

	outbuf_pad(out, AT_T);
	outbuf_printf(out, "T%u", t->label);
	text_column(out, line, AT_TID);
	outbuf_printf(out, "%d", t->id.tid);
	text_column(out, line, AT_NAME);
	task_name_format(out, t);
	text_column(out, line, AT_CPU);
	duration_format(out, one->used.cpu_ns);
	text_column(out, line, AT_SHARE);
	outbuf_printf(out, "%.1f", ns ? 100.0 * (double)one->used.cpu_ns / (double)ns : 0);
	text_column(out, line, AT_WAITED);
	duration_format(out, one->used.wait_ns);
	text_column(out, line, AT_TURNS);
	outbuf_printf(out, "%" PRIu64, one->used.turns);
	text_column(out, line, AT_STARTS);
	if (t->at.pc)
		task_runs_format(out, t);
	else
		outbuf_puts(out, t->thread ? "-" : "(first thread)");
	outbuf_putc(out, '\n');
}

/* How many there are; the array is the caller's. NULL when there is none, or no memory. */
static struct one *gather(const struct model *m, size_t *ret_n)
{
	struct one *all = NULL;
	size_t n = 0, i = 0;
	struct task_account used;

	for (const struct task *t = model_next(m, 0); t; t = model_next(m, t->id.serial))
		n += task_window(t, &used);
	all = n ? malloc(n * sizeof(*all)) : NULL;
	for (const struct task *t = all ? model_next(m, 0) : NULL; t && i < n; t = model_next(m, t->id.serial))
		if (task_window(t, &used))
			all[i++] = (struct one){ t, used };
	*ret_n = i;
	return all;
}

void text_window(const struct model *m, struct outbuf *out)
{
	struct task_account rest = { 0 };
	size_t n, shown = 0;
	struct one *all = gather(m, &n);

	if (!all)
		return;
	qsort(all, n, sizeof(*all), by_cpu);
	outbuf_puts(out, "WATCHED for ");
	duration_format(out, task_ended_ns(all[0].task) - all[0].task->t_born_ns);
	outbuf_puts(out, "; who lives on, the busiest first\n");
	title(out);
	for (; shown < n && shown < ROWS_MAX && (all[shown].used.cpu_ns || all[shown].used.turns); shown++)
		row(&all[shown], out);
	for (size_t i = shown; i < n; i++)
		rest.cpu_ns += all[i].used.cpu_ns;
	if (shown < n) {
		outbuf_printf(out, "  and %zu %s", n - shown, shown ? "more, which ran " : "of them, which ran ");
		if (rest.cpu_ns)
			duration_format(out, rest.cpu_ns);
		else
			outbuf_puts(out, "not at all");
		outbuf_putc(out, '\n');
	}
	free(all);
}

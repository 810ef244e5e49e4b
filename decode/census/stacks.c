/* SPDX-License-Identifier: MIT */
/* The stacks of a census's threads: equal ones are one group. */
#include <thrtrace/census_stacks.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <thrtrace/tables.h>

#include "census/census_impl.h"
#include "sinks/json_parts.h"
#include "text/json_values.h"

#define TIDS_SHOWN 4

struct member {
	const struct census_stack *s;
};

/* Threads of equal stacks: a stretch of all members. */
struct stack_group {
	const struct member *member;
	size_t n;
	struct census_group sum; /* of their tasks */
};

void census_stacks_release(struct census_stacks *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->stack[i].frame);
	free(s->stack);
	*s = (struct census_stacks){ .stack = NULL };
}

/* ---- which are equal ---- */

static int order_of_texts(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return a == b ? 0 : strcmp(a, b);
}

/* By function and line, where these are known: threads of one loop stand at different instructions of it. */
static int order_of_frames(const struct frame *a, const struct frame *b)
{
	int order = order_of_texts(a->symbol, b->symbol);

	if (!order)
		order = order_of_texts(a->module, b->module);
	if (!order && a->symbol)
		return (a->line > b->line) - (a->line < b->line);
	return order ? order : (a->pc > b->pc) - (a->pc < b->pc);
}

static int by_stack(const void *x, const void *y)
{
	const struct census_stack *a = ((const struct member *)x)->s, *b = ((const struct member *)y)->s;
	int order = 0;

	/* From the outermost on: that parts them soonest. */
	for (size_t i = 1; !order && i <= a->n && i <= b->n; i++)
		order = order_of_frames(&a->frame[a->n - i], &b->frame[b->n - i]);
	if (!order)
		order = (a->n > b->n) - (a->n < b->n);
	return order ? order : order_of_texts(a->stopped, b->stopped);
}

static int by_load(const void *x, const void *y)
{
	const struct stack_group *a = x, *b = y;

	if (a->sum.cpu != b->sum.cpu)
		return a->sum.cpu < b->sum.cpu ? 1 : -1;
	if (a->n != b->n)
		return a->n < b->n ? 1 : -1;
	return (a->member[0].s->tid > b->member[0].s->tid) - (a->member[0].s->tid < b->member[0].s->tid);
}

/* What the groups are made of: *ret has *ret_n, whose members stand in *ret_members. All to be freed. 0 or -ENOMEM. */
static int group(const struct census *c, const struct census_stacks *s, struct stack_group **ret, size_t *ret_n,
	struct member **ret_members)
{
	struct member *member = calloc(s->n + 1, sizeof(*member));
	struct stack_group *groups = calloc(s->n + 1, sizeof(*groups)), *g = NULL;
	size_t n = 0;

	*ret = groups;
	*ret_members = member;
	*ret_n = 0;
	if (!member || !groups)
		return -ENOMEM;
	for (size_t i = 0; i < s->n; i++)
		member[i].s = &s->stack[i];
	qsort(member, s->n, sizeof(*member), by_stack);
	for (size_t i = 0; i < s->n; i++) {
		struct census_group one = census_group_of(census_by_tid(c, member[i].s->tid));
		if (!i || by_stack(&member[i - 1], &member[i]) != 0) {
			g = &groups[n++];
			g->member = &member[i];
		}
		census_add_group(&g->sum, &one);
		g->n++;
	}
	qsort(groups, n, sizeof(*groups), by_load);
	*ret_n = n;
	return 0;
}

/* ---- how long they were held up ---- */

static int by_time(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* 0 or -ENOMEM. */
static int put_held(const struct census_stacks *s, struct outbuf *out)
{
	uint64_t *held = calloc(s->n + 1, sizeof(*held));
	size_t n = 0;

	if (!held)
		return -ENOMEM;
	for (size_t i = 0; i < s->n; i++)
		if (s->stack[i].held_ns)
			held[n++] = s->stack[i].held_ns;
	qsort(held, n, sizeof(*held), by_time);
	if (n) {
		outbuf_puts(out, "; each was stopped for it, for ");
		duration_format(out, held[n / 2]);
		outbuf_puts(out, " (the median), ");
		duration_format(out, held[n - 1]);
		outbuf_puts(out, " at most");
	}
	outbuf_putc(out, '\n');
	free(held);
	return 0;
}

/* ---- text ---- */

static void tids_format(struct outbuf *out, const struct stack_group *g)
{
	for (size_t i = 0; i < g->n && i < TIDS_SHOWN; i++)
		outbuf_printf(out, "%s%d", i ? ", " : "", g->member[i].s->tid);
	if (g->n > TIDS_SHOWN)
		outbuf_printf(out, " and %zu more", g->n - TIDS_SHOWN);
}

static void group_text(const struct census *c, const struct stack_group *g, struct outbuf *out)
{
	const struct census_stack *s = g->member[0].s;

	outbuf_printf(out, "\n  %zu thread%s, ", g->n, g->n == 1 ? "" : "s");
	census_cell(c, &g->sum, COL_NAME, out);
	if (g->sum.any_account)
		outbuf_printf(out, ", %.1f %% CPU", g->sum.cpu);
	outbuf_puts(out, ": ");
	tids_format(out, g);
	outbuf_putc(out, '\n');
	for (size_t i = 0; i < s->n; i++) {
		outbuf_puts(out, "      ");
		frame_format(out, &s->frame[i]);
		if (s->frame[i].signal)
			outbuf_puts(out, " (a signal came here)");
		outbuf_putc(out, '\n');
	}
	if (s->stopped)
		outbuf_printf(out, "      %s%s%s\n", s->n ? "(" : "", s->stopped, s->n ? ")" : "");
}

static void rest_text(const struct stack_group *g, size_t n, struct outbuf *out)
{
	size_t threads = 0;

	for (size_t i = 0; i < n; i++)
		threads += g[i].n;
	outbuf_printf(out, "\n  %zu more stack%s of %zu thread%s: --top=0 shows all\n", n, n == 1 ? "" : "s", threads,
		threads == 1 ? "" : "s");
}

int census_stacks_text(const struct census *c, const struct census_stacks *s, size_t top, struct outbuf *out)
{
	struct member *members;
	struct stack_group *g;
	size_t n, shown;
	int err = group(c, s, &g, &n, &members);

	if (!err) {
		outbuf_printf(out, "\nSTACKS of %d: %zu of %zu thread%s", c->pid, n, s->n, s->n == 1 ? "" : "s");
		err = put_held(s, out);
		shown = top && top < n ? top : n;
		for (size_t i = 0; i < shown; i++)
			group_text(c, &g[i], out);
		if (shown < n)
			rest_text(g + shown, n - shown, out);
	}
	free(g);
	free(members);
	return err;
}

/* ---- JSON ---- */

json_t *census_frames_json(const struct census_stack *s)
{
	json_t *frames = json_array();

	for (size_t i = 0; i < s->n; i++)
		(void)!json_array_append_new(frames, js_frame(&s->frame[i]));
	return frames;
}

static int group_json(const struct census *c, const struct stack_group *g, struct outbuf *out)
{
	const struct census_stack *s = g->member[0].s;
	json_t *o = json_object(), *tids = json_array();
	uint64_t held = 0;

	for (size_t i = 0; i < g->n; i++) {
		(void)!json_array_append_new(tids, json_integer(g->member[i].s->tid));
		held = g->member[i].s->held_ns > held ? g->member[i].s->held_ns : held;
	}
	js_put(o, "event", json_string("census_stack"));
	js_put(o, "pid", js_number((uint64_t)c->pid));
	js_put(o, "n", js_number(g->n));
	js_put(o, "tids", tids);
	js_put(o, "name", g->sum.names_differ ? json_null() : js_text(g->sum.first->pattern, CENSUS_TEXT_MAX));
	js_put(o, "cpu",
		g->sum.any_account ? json_real((double)(int64_t)(g->sum.cpu * 1000 + 0.5) / 1000) : json_null());
	js_put(o, "held_ns", js_number(held));
	js_put(o, "frames", census_frames_json(s));
	js_put(o, "stopped", js_string(s->stopped));
	int err = js_write(o, out);
	outbuf_putc(out, '\n');
	return err;
}

int census_stacks_json(const struct census *c, const struct census_stacks *s, size_t top, struct outbuf *out)
{
	struct member *members;
	struct stack_group *g;
	size_t n;
	int err = group(c, s, &g, &n, &members);

	for (size_t i = 0; !err && i < n && (!top || i < top); i++)
		err = group_json(c, &g[i], out);
	free(g);
	free(members);
	return err;
}

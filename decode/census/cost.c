/* SPDX-License-Identifier: MIT */
/* What it costs: a row of samples, and the page of all rows. */
#include <thrtrace/cost.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <thrtrace/tables.h>

#include "census/census_impl.h"
#include "text/json_values.h"

static const struct {
	const char *key, *what;
	double said;
} rows[COSTS] = {
#define COST(id, key, what, said_ns, function) { key, what, said_ns },
#include <thrtrace/cost_rows.def>
#undef COST
};

const char *cost_what(enum cost_id id)
{
	return rows[id].what;
}

/* ---- samples ---- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void cost_of(struct cost *ret, enum cost_id id, double *sample, size_t n, const char *unknown)
{
	*ret = (struct cost){ .n = n, .said = rows[id].said, .unknown = n ? NULL : unknown };
	snprintf(ret->key, sizeof(ret->key), "%s", rows[id].key);
	snprintf(ret->what, sizeof(ret->what), "%s", rows[id].what);
	if (!n)
		return;
	qsort(sample, n, sizeof(*sample), by_value);
	ret->min = sample[0];
	ret->median = sample[n / 2];
	ret->p99 = sample[n - 1 - n / 100];
}

static double number_of(const json_t *o, const char *key, double otherwise)
{
	const json_t *v = json_object_get(o, key);

	return json_is_number(v) && json_number_value(v) >= 0 ? json_number_value(v) : otherwise;
}

int cost_of_line(struct cost *ret, const char *line)
{
	json_t *o = json_loads(line, JSON_DISABLE_EOF_CHECK, NULL);
	const char *name = json_string_value(json_object_get(o, "name"));
	struct outbuf b;

	*ret = (struct cost){ .median = number_of(o, "median_ns", -1) };
	if (!name || ret->median < 0) {
		json_decref(o);
		return -EINVAL;
	}
	outbuf_init(&b, 4096);
	plain_format(&b, name);
	snprintf(ret->key, sizeof(ret->key), "%.63s", outbuf_str(&b));
	snprintf(ret->what, sizeof(ret->what), "%.63s", outbuf_str(&b));
	outbuf_release(&b);
	ret->min = number_of(o, "min_ns", ret->median);
	ret->p99 = number_of(o, "p99_ns", ret->median);
	ret->said = number_of(o, "said_ns", 0);
	ret->n = (size_t)number_of(o, "n", 1);
	ret->n = ret->n ? ret->n : 1;
	json_decref(o);
	return 0;
}

/* ---- the table ---- */

enum { AT_MIN = 60, AT_MEDIAN = 70, AT_P99 = 80, AT_RATIO = 90, AT_SAID = 100 };

static void put_time(struct outbuf *out, double ns)
{
	if (ns < 99.95)
		outbuf_printf(out, "%.1f ns", ns);
	else if (ns < 999.5)
		outbuf_printf(out, "%.0f ns", ns);
	else if (ns < 999950)
		outbuf_printf(out, "%.1f us", ns / 1e3);
	else
		outbuf_printf(out, "%.1f ms", ns / 1e6);
}

/* Ends in the column. */
static void put_right(struct outbuf *out, size_t column, const char *text)
{
	outbuf_pad(out, column - strlen(text));
	outbuf_puts(out, text);
}

static void time_cell(struct outbuf *out, size_t column, double ns)
{
	struct outbuf b;

	outbuf_init(&b, 64);
	put_time(&b, ns);
	put_right(out, column, outbuf_str(&b));
	outbuf_release(&b);
}

/* How many times a thread's making it is. */
static void ratio_cell(struct outbuf *out, const struct cost *c, const struct cost *first)
{
	char text[32];

	if (!first->n || first->median <= 0)
		return;
	double ratio = c->median / first->median;
	snprintf(text, sizeof(text), ratio < 0.1 ? "%.4f" : "%.2f", ratio);
	put_right(out, AT_RATIO, text);
}

static void put_row(struct outbuf *out, const struct cost *c, const struct cost *first)
{
	outbuf_puts(out, c->what);
	if (!c->n) {
		outbuf_printf(out, ": not measured: %s\n", c->unknown ? c->unknown : "it failed");
		return;
	}
	time_cell(out, AT_MIN, c->min);
	time_cell(out, AT_MEDIAN, c->median);
	time_cell(out, AT_P99, c->p99);
	ratio_cell(out, c, first);
	if (c->said > 0)
		time_cell(out, AT_SAID, c->said);
	outbuf_putc(out, '\n');
}

static void put_bytes(struct outbuf *out, const char *what, uint64_t bytes)
{
	outbuf_printf(out, "  %s", what);
	outbuf_pad(out, 40);
	if (bytes == UINT64_MAX)
		outbuf_puts(out, "not known");
	else
		census_size(out, bytes);
	outbuf_putc(out, '\n');
}

static void put_memory(struct outbuf *out, const struct cost_memory *m)
{
	if (!m->threads) {
		outbuf_puts(out, "\nMemory of a thread: not measured: they could not be made\n");
		return;
	}
	outbuf_printf(out, "\nMemory of a thread that sleeps, one of %u:\n", m->threads);
	put_bytes(out, "address space (VmSize)", m->address_space);
	put_bytes(out, "touched (VmRSS)", m->resident);
	put_bytes(out, "kernel stack (KernelStack)", m->kernel_stack);
	put_bytes(out, "page tables (VmPTE)", m->page_tables);
	put_bytes(out, "other kernel memory (SUnreclaim)", m->slab);
	put_bytes(out, "the kernel's, by the control group", m->cgroup);
}

void cost_text(const struct cost_page *p, struct outbuf *out)
{
	static const struct {
		size_t at;
		const char *text;
	} titles[] = { { AT_MIN, "MIN" }, { AT_MEDIAN, "MEDIAN" }, { AT_P99, "P99" }, { AT_RATIO, "TIMES" },
		{ AT_SAID, "SAID" } };

	outbuf_printf(out,
		"On this machine (%u CPU%s, Linux %s), untraced. TIMES: of the first row; SAID: what is often "
		"said.\n\n",
		p->cpus, p->cpus == 1 ? "" : "s", p->kernel);
	for (unsigned i = 0; i < ARRAY_SIZE(titles); i++)
		put_right(out, titles[i].at, titles[i].text);
	outbuf_putc(out, '\n');
	for (size_t i = 0; i < p->n; i++)
		put_row(out, &p->row[i], &p->row[0]);
	put_memory(out, &p->memory);
}

/* ---- JSON ---- */

static json_t *bytes_json(uint64_t bytes)
{
	return bytes == UINT64_MAX ? json_null() : js_number(bytes);
}

static json_t *ns_json(double ns)
{
	return json_real((double)(int64_t)(ns * 10 + 0.5) / 10);
}

static int row_json(const struct cost *c, const struct cost *first, struct outbuf *out)
{
	json_t *o = json_object();

	js_put(o, "event", json_string("cost"));
	js_put(o, "id", js_sentence(c->key));
	js_put(o, "what", js_sentence(c->what));
	js_put(o, "n", js_number(c->n));
	if (c->n) {
		js_put(o, "min_ns", ns_json(c->min));
		js_put(o, "median_ns", ns_json(c->median));
		js_put(o, "p99_ns", ns_json(c->p99));
		js_put(o, "times", first->n && first->median > 0 ? json_real(c->median / first->median) : json_null());
	} else {
		js_unknown(o, "median_ns", c->unknown ? c->unknown : "it failed");
	}
	js_put(o, "said_ns", c->said > 0 ? ns_json(c->said) : json_null());
	int err = js_write(o, out);
	outbuf_putc(out, '\n');
	return err;
}

int cost_json(const struct cost_page *p, struct outbuf *out)
{
	const struct cost_memory *m = &p->memory;
	int err = 0;

	for (size_t i = 0; !err && i < p->n; i++)
		err = row_json(&p->row[i], &p->row[0], out);
	if (err)
		return err;
	json_t *o = json_object();
	js_put(o, "event", json_string("cost_memory"));
	js_put(o, "threads", js_number(m->threads));
	js_put(o, "address_space", bytes_json(m->address_space));
	js_put(o, "resident", bytes_json(m->resident));
	js_put(o, "kernel_stack", bytes_json(m->kernel_stack));
	js_put(o, "page_tables", bytes_json(m->page_tables));
	js_put(o, "slab", bytes_json(m->slab));
	js_put(o, "cgroup_kernel", bytes_json(m->cgroup));
	err = js_write(o, out);
	outbuf_putc(out, '\n');
	return err;
}

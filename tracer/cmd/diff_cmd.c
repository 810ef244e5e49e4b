/* SPDX-License-Identifier: MIT */
/*
 * What differs between two traces. Two runs of one program are never the same in time: what is told of cost differs by
 * half and more.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <thrtrace/tables.h>

#include "cmd/commands.h"
#include "cmd/diff_read.h"
#include "cmd/print.h"
#include "text/json_values.h"

/* Less than that is as much as two equal runs may differ by. */
#define CPU_LEAST_NS  UINT64_C(50000000)
#define TOUCHED_LEAST UINT64_C(65536)
#define PAGE_MOST     ((size_t)256 << 20)

enum change { WENT, CAME, MOVED };
static const char *const change_word[] = { "went", "came", "moved" };
static const char change_sign[] = { '-', '+', '~' };

struct page {
	struct outbuf out;
	bool json;
	uint64_t n; /* differences */
	int err;
};

static bool half_as_much_again(uint64_t a, uint64_t b, uint64_t least)
{
	uint64_t more = a > b ? a : b, less = a > b ? b : a;

	return more - less >= least && (more - less) * 2 > more;
}

static uint64_t touched_each(const struct diff_group *g)
{
	return g->known ? g->touched / g->known : 0;
}

static bool cpu_moved(const struct diff_group *a, const struct diff_group *b)
{
	return half_as_much_again(a->cpu_ns, b->cpu_ns, CPU_LEAST_NS);
}

static bool touched_moved(const struct diff_group *a, const struct diff_group *b)
{
	return a->known && b->known && half_as_much_again(touched_each(a), touched_each(b), TOUCHED_LEAST);
}

static bool stack_moved(const struct diff_group *a, const struct diff_group *b)
{
	return a->stack_bytes && b->stack_bytes && a->stack_bytes != b->stack_bytes;
}

static bool group_moved(const struct diff_group *a, const struct diff_group *b)
{
	return a->n != b->n || a->by_signal != b->by_signal || stack_moved(a, b) || touched_moved(a, b) ||
		cpu_moved(a, b);
}

/* ---- as text ---- */

typedef void put(struct outbuf *out, uint64_t v);

static void put_count(struct outbuf *out, uint64_t v)
{
	outbuf_printf(out, "%" PRIu64, v);
}

static void put_pair(struct page *p, const char *what, put *as, uint64_t a, uint64_t b)
{
	outbuf_printf(&p->out, "; %s ", what);
	as(&p->out, a);
	outbuf_puts(&p->out, " -> ");
	as(&p->out, b);
}

static void group_text(struct page *p, enum change change, const struct diff_group *a, const struct diff_group *b)
{
	const struct diff_group *g = b ? b : a;

	outbuf_printf(&p->out, "%c %s: ", change_sign[change], g->key);
	if (change != MOVED) {
		outbuf_printf(&p->out, "%" PRIu64 "\n", g->n);
		return;
	}
	put_count(&p->out, a->n);
	if (a->n != b->n)
		outbuf_printf(&p->out, " -> %" PRIu64, b->n);
	if (a->by_signal != b->by_signal)
		put_pair(p, "ended by a signal", put_count, a->by_signal, b->by_signal);
	if (stack_moved(a, b))
		put_pair(p, "stack", size_format, a->stack_bytes, b->stack_bytes);
	if (touched_moved(a, b))
		put_pair(p, "touched, on average", size_format, touched_each(a), touched_each(b));
	if (cpu_moved(a, b))
		put_pair(p, "CPU", duration_format, a->cpu_ns, b->cpu_ns);
	outbuf_putc(&p->out, '\n');
}

/* ---- as JSON ---- */

static json_t *group_object(const struct diff_group *g)
{
	json_t *o = json_object();

	if (!g) {
		json_decref(o);
		return json_null();
	}
	js_put(o, "n", js_number(g->n));
	js_put(o, "by_signal", js_number(g->by_signal));
	js_put(o, "stack_bytes", g->stack_bytes ? js_number(g->stack_bytes) : json_null());
	js_put(o, "stack_touched", g->known ? js_number(touched_each(g)) : json_null());
	js_put(o, "cpu_ns", js_number(g->cpu_ns));
	js_put(o, "lived_ns", js_number(g->lived_ns));
	return o;
}

static void write_object(struct page *p, json_t *o)
{
	int err = js_write(o, &p->out);

	outbuf_putc(&p->out, '\n');
	p->err = p->err ? p->err : err;
}

static json_t *change_object(enum change change)
{
	json_t *o = json_object();

	js_put(o, "change", json_string(change_word[change]));
	return o;
}

static void group_json(struct page *p, enum change change, const struct diff_group *a, const struct diff_group *b)
{
	json_t *o = change_object(change);

	js_put(o, "tasks", json_string(b ? b->key : a->key));
	js_put(o, "a", group_object(a));
	js_put(o, "b", group_object(b));
	write_object(p, o);
}

/* ---- what differs ---- */

static void tell_group(struct page *p, enum change change, const struct diff_group *a, const struct diff_group *b)
{
	p->n++;
	if (p->json)
		group_json(p, change, a, b);
	else
		group_text(p, change, a, b);
}

static void compare_groups(struct page *p, const struct diff_trace *a, const struct diff_trace *b)
{
	for (size_t i = 0, k = 0; i < a->n || k < b->n;) {
		int order = i == a->n ? 1 : k == b->n ? -1 : strcmp(a->group[i].key, b->group[k].key);
		if (order < 0)
			tell_group(p, WENT, &a->group[i++], NULL);
		else if (order > 0)
			tell_group(p, CAME, NULL, &b->group[k++]);
		else if (group_moved(&a->group[i++], &b->group[k++]))
			tell_group(p, MOVED, &a->group[i - 1], &b->group[k - 1]);
	}
}

static void tell_finding(struct page *p, enum change change, const char *fingerprint)
{
	p->n++;
	if (!p->json) {
		outbuf_printf(&p->out, "%c finding %s\n", change_sign[change], fingerprint);
		return;
	}
	json_t *o = change_object(change);
	js_put(o, "finding", json_string(fingerprint));
	write_object(p, o);
}

static void compare_findings(struct page *p, const struct diff_trace *a, const struct diff_trace *b)
{
	for (size_t i = 0, k = 0; i < a->n_findings || k < b->n_findings;) {
		int order = i == a->n_findings ? 1 : k == b->n_findings ? -1 : strcmp(a->finding[i], b->finding[k]);
		if (order < 0)
			tell_finding(p, WENT, a->finding[i]);
		else if (order > 0)
			tell_finding(p, CAME, b->finding[k]);
		i += order <= 0;
		k += order >= 0;
	}
}

/* ---- how the programs ended ---- */

static void put_how(struct outbuf *out, const struct diff_trace *t)
{
	if (t->exited)
		outbuf_printf(out, "exit status %d", t->status);
	else if (t->signal)
		(void)signal_format(out, (unsigned)t->signal);
	else
		outbuf_puts(out, "unknown");
}

static json_t *how_value(const struct diff_trace *t)
{
	struct outbuf how;

	outbuf_init(&how, 64);
	put_how(&how, t);
	return js_taken(&how);
}

static void compare_ends(struct page *p, const struct diff_trace *a, const struct diff_trace *b)
{
	if (a->exited == b->exited && a->status == b->status && a->signal == b->signal)
		return;
	p->n++;
	if (!p->json) {
		outbuf_puts(&p->out, "~ the program's end: ");
		put_how(&p->out, a);
		outbuf_puts(&p->out, " -> ");
		put_how(&p->out, b);
		outbuf_putc(&p->out, '\n');
		return;
	}
	json_t *o = change_object(MOVED);
	js_put(o, "end", json_true());
	js_put(o, "a", how_value(a));
	js_put(o, "b", how_value(b));
	write_object(p, o);
}

static int compare(struct page *p, const struct diff_trace *a, const struct diff_trace *b)
{
	outbuf_init(&p->out, PAGE_MOST);
	compare_groups(p, a, b);
	compare_findings(p, a, b);
	compare_ends(p, a, b);
	if (!p->n && !p->json)
		outbuf_puts(&p->out, "no difference\n");
	int status = print(&p->out, stdout);
	return p->err ? EXIT_OWN : status ? status : p->n > 0;
}

static int refuse_file(const char *path, int err)
{
	fprintf(stderr, "thrtrace: --diff: %.200s: %s\n", path,
		err == -EINVAL ? "that is no trace as --format=json writes it (of a record: thrtrace --replay=FILE "
				 "--format=json)" :
				 strerror(-err));
	return EXIT_OWN;
}

int diff_cmd(struct options *o)
{
	static const char *const formats[] = { "text", "json", NULL };
	int format = print_format(o, formats);
	struct page p = { .json = format == 1 };
	struct diff_trace t[2] = { 0 };
	int err = 0, status = EXIT_OWN, i;

	if (format < 0)
		return EXIT_OWN;
	if (o->argc != 2) {
		fprintf(stderr, "thrtrace: --diff: two files of traces follow it\n");
		return EXIT_OWN;
	}
	for (i = 0; !err && i < 2; i++)
		err = diff_read(o->argv[i], &t[i]);
	status = err ? refuse_file(o->argv[i - 1], err) : compare(&p, &t[0], &t[1]);
	for (i = 0; i < 2; i++)
		diff_release(&t[i]);
	return status;
}

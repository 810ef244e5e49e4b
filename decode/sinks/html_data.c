/* SPDX-License-Identifier: MIT */
#include "sinks/html_data.h"

#include <errno.h>
#include <stdlib.h>

#include <thrtrace/abi.h>
#include <thrtrace/explain.h>
#include <thrtrace/tables.h>

#include "sinks/html_parts.h"
#include "sinks/json_parts.h"
#include "sinks/room.h"
#include "sinks/words.h"

#define LIST_MAX (1U << 30) /* bytes of a list */

/* JSON within a script element: there these three are in strings only, where they may be written by number. */
static void put_in_script(struct outbuf *out, const char *json, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (json[i] == '<' || json[i] == '>' || json[i] == '&')
			outbuf_printf(out, "\\u%04x", (unsigned)json[i]);
		else
			outbuf_putc(out, json[i]);
	}
}

static int put_json(struct html_data *d, json_t *o, struct outbuf *to)
{
	outbuf_clear(&d->line);
	int err = js_write(o, &d->line);
	if (!err)
		err = outbuf_status(&d->line);
	if (err)
		return err;
	put_in_script(to, outbuf_str(&d->line), d->line.len);
	return outbuf_status(to);
}

/* One more of the list; past `most` it is counted only. Takes o over. */
static int append(struct html_data *d, struct json_list *list, uint32_t most, json_t *o)
{
	if (list->n >= most) {
		list->left_out++;
		json_decref(o);
		return 0;
	}
	if (list->n++)
		outbuf_puts(&list->text, ",\n");
	return put_json(d, o, &list->text);
}

/* The values of o in the order of these columns, which name all of its keys; a row is no longer than it has values. */
static json_t *row_of(json_t *o, const char *const *columns)
{
	json_t *row = json_array();
	size_t taken = 0, all = json_object_size(o);

	for (; *columns && taken < all; columns++) {
		json_t *v = json_object_get(o, *columns);
		taken += !!v;
		(void)!json_array_append_new(row, v ? json_incref(v) : json_null());
	}
	json_decref(o);
	if (taken == all)
		return row;
	json_decref(row);
	return NULL; /* shows when it is written */
}

/* The place of this task; NULL when out of memory. */
static struct html_task *task_at(struct html_data *d, const struct task *t)
{
	struct html_task *task = room_for(d->task, &d->n_tasks, sizeof(*task), t->label);

	if (!task)
		return NULL;
	d->task = task;
	return &task[t->label];
}

/* ---- events ---- */

/* A wait of this task for that one's end; to 0: it is not over. */
static int put_wait(struct html_data *d, uint32_t waiter, uint32_t joined, uint64_t from, uint64_t to)
{
	json_t *o = json_array();

	(void)!json_array_append_new(o, js_number(waiter));
	(void)!json_array_append_new(o, js_number(joined));
	(void)!json_array_append_new(o, js_number(from));
	(void)!json_array_append_new(o, to ? js_number(to) : json_null());
	return append(d, &d->waits, MARKS_MAX, o);
}

/* A task is in one wait at a time: it is told when that is over, or at the end of the trace. */
static int take_wait(struct html_data *d, const struct event *ev)
{
	const struct ev_call *c = &ev->u.call;
	struct html_task *t = c->joins ? task_at(d, ev->task) : NULL;
	bool over = ev->kind == EV_CALL;

	if (!c->joins)
		return 0;
	if (!t)
		return -ENOMEM;
	t->waits_for = over ? 0 : c->joins->label + 1;
	t->waits_from = ev->t_ns;
	if (!over || !c->took_ns || c->took_ns > ev->t_ns)
		return 0;
	return put_wait(d, ev->task->label, c->joins->label, ev->t_ns - c->took_ns, ev->t_ns);
}

static int put_open_waits(struct html_data *d)
{
	int err = 0;

	for (uint32_t i = 0; !err && i < d->n_tasks; i++)
		if (d->task[i].waits_for)
			err = put_wait(d, i, d->task[i].waits_for - 1, d->task[i].waits_from, 0);
	return err;
}

/* Takes what over. */
static int take_mark(struct html_data *d, const struct event *ev, struct outbuf *what, const char *kind)
{
	json_t *o = json_array();

	(void)!json_array_append_new(o, js_number(ev->task->label));
	(void)!json_array_append_new(o, js_number(ev->t_ns));
	(void)!json_array_append_new(o, html_word(&d->words, what));
	(void)!json_array_append_new(o, json_string(kind));
	outbuf_release(what);
	return append(d, &d->marks, MARKS_MAX, o);
}

static int take_signal(struct html_data *d, const struct event *ev)
{
	struct outbuf what;

	outbuf_init(&what, 4096);
	if (!signal_format(&what, (unsigned)ev->u.signal.sig))
		outbuf_printf(&what, "signal %d", ev->u.signal.sig);
	if (ev->u.signal.fatal)
		outbuf_puts(&what, ", fatal");
	return take_mark(d, ev, &what, "signal");
}

static int take_exec(struct html_data *d, const struct event *ev)
{
	struct outbuf what;

	outbuf_init(&what, 4 * CALL_PATH_MAX + 16);
	outbuf_puts(&what, "execve");
	if (ev->u.exec.path) {
		outbuf_putc(&what, ' ');
		plain_format(&what, ev->u.exec.path);
	}
	return take_mark(d, ev, &what, "exec");
}

static int take_word(struct html_data *d, const struct event *ev, const char *word)
{
	struct outbuf what;

	outbuf_init(&what, 64);
	outbuf_puts(&what, word);
	return take_mark(d, ev, &what, "stop");
}

static int take_event(struct html_data *d, const struct event *ev)
{
	switch (ev->kind) {
	case EV_BIRTH:
		d->flags |= ev->u.birth.kind == BIRTH_CALL || ev->u.birth.kind == BIRTH_UNTRACED ?
			ev->u.birth.args.flags :
			0;
		return append(d, &d->births, UINT32_MAX, row_of(html_birth(&d->words, ev), html_birth_columns));
	case EV_CALL_BEGIN:
	case EV_CALL:
		return take_wait(d, ev);
	case EV_SIGNAL:
		return take_signal(d, ev);
	case EV_EXEC:
		return take_exec(d, ev);
	case EV_STOPPED:
		return take_word(d, ev, "group-stop");
	case EV_CONTINUED:
		return take_word(d, ev, "goes on");
	case EV_LEADER_EXIT:
		return take_word(d, ev, "the first thread exits");
	case EV_END:
		return append(d, &d->ends, UINT32_MAX, row_of(html_end(&d->words, ev), html_end_columns));
	case EV_START:
	case EV_NAMED:
	case EV_JOIN:
	case EV_NOTED:
	case EV_EXITING:
	case EV_ODDITY:
	case EV_LOST:
	case EV_SUMMARY:
	case EV_KINDS:
		break;
	}
	return 0;
}

/* ---- findings ---- */

static int take_finding(struct html_data *d, const struct event *ev, const struct finding *f)
{
	json_t *o = json_object();

	if (d->findings.n < MARKS_MAX)
		html_finding_item(f, &d->found);
	js_put(o, "l", f->task ? js_number(f->task->label) : json_null());
	js_put(o, "t", js_number(ev->t_ns));
	js_put(o, "id", json_string(f->row->id));
	js_put(o, "severity", json_string(severity_word(f->row->severity)));
	js_put(o, "text", json_string(f->text));
	js_put(o, "why", json_string(f->row->why));
	js_put(o, "repair", json_string(finding_repair(f)));
	return append(d, &d->findings, MARKS_MAX, o);
}

/* ---- rows ---- */

/* What became of its join, which may be known long after its end. */
static int take_join(struct html_data *d, const struct task *t)
{
	struct html_task *at = task_at(d, t);
	struct outbuf b;

	if (!at)
		return -ENOMEM;
	outbuf_init(&b, 64);
	join_format(&b, t);
	bool known = b.len;
	if (known)
		at->join = word_of(&d->words, &b);
	outbuf_release(&b);
	return known && !at->join ? -ENOMEM : 0;
}

static int take_row(struct html_data *d, const struct event *ev)
{
	struct html_task *t = task_at(d, ev->task);

	if (!t)
		return -ENOMEM;
	t->row = d->rows.len;
	html_row(ev->task, &d->rows);
	t->row_len = d->rows.len - t->row;
	return outbuf_status(&d->rows);
}

int html_data_take(struct html_data *d, const struct event *ev)
{
	int err = take_event(d, ev);

	if (!err && ev->kind == EV_END)
		err = take_row(d, ev);
	if (!err && ev->kind == EV_END)
		err = take_join(d, ev->task);
	for (size_t i = 0; !err && i < ev->n_findings; i++)
		err = take_finding(d, ev, &ev->finding[i]);
	return err;
}

/* ---- writing ---- */

static void put_list(const char *name, const struct json_list *list, struct outbuf *out)
{
	outbuf_printf(out, "\"%s\":[", name);
	outbuf_put(out, outbuf_str(&list->text), list->text.len);
	outbuf_puts(out, "],\n");
}

/* As CSV has it: the first row names the columns. */
static void put_table(const char *name, const char *const *columns, const struct json_list *list, struct outbuf *out)
{
	outbuf_printf(out, "\"%s\":[[", name);
	for (size_t i = 0; columns[i]; i++)
		outbuf_printf(out, "%s\"%s\"", i ? "," : "", columns[i]);
	outbuf_puts(out, list->n ? "],\n" : "]");
	outbuf_put(out, outbuf_str(&list->text), list->text.len);
	outbuf_puts(out, "],\n");
}

static int put_words(struct html_data *d, struct outbuf *out)
{
	struct word *w, *next;
	int err = 0;

	outbuf_puts(out, "\"words\":[");
	HASH_ITER (hh, d->words.first, w, next) {
		json_t *text = json_array();
		(void)!json_array_append_new(text, json_string(w->text));
		outbuf_puts(out, w->nr ? "," : "");
		/* an array of one: without its brackets it is the text */
		outbuf_clear(&d->line);
		if (!err)
			err = js_write(text, &d->line);
		else
			json_decref(text);
		if (!err)
			put_in_script(out, outbuf_str(&d->line) + 1, d->line.len - 2);
	}
	outbuf_puts(out, "],\n");
	return err;
}

static void put_joins(const struct html_data *d, struct outbuf *out)
{
	const char *comma = "";

	outbuf_puts(out, "\"joins\":[");
	for (size_t i = 0; i < d->n_tasks; i++) {
		if (!d->task[i].join)
			continue;
		outbuf_printf(out, "%s[%zu,%u]", comma, i, d->task[i].join->nr);
		comma = ",";
	}
	outbuf_puts(out, "],\n");
}

int html_data_finish(struct html_data *d, const struct model *m)
{
	int err = put_open_waits(d);

	for (const struct task *t = model_next(m, 0); !err && t; t = model_next(m, t->id.serial))
		err = take_join(d, t);
	return err;
}

int html_data_write(struct html_data *d, const struct event *summary, const struct model *m, struct outbuf *out)
{
	outbuf_puts(out, "{");
	int err = put_words(d, out);
	put_table("births", html_birth_columns, &d->births, out);
	put_table("ends", html_end_columns, &d->ends, out);
	put_joins(d, out);
	put_list("waits", &d->waits, out);
	put_list("marks", &d->marks, out);
	put_list("findings", &d->findings, out);
	outbuf_puts(out, "\"flags\":");
	if (!err)
		err = put_json(d, html_flags(d->flags), out);
	const struct abi *abi = abi_native();
	outbuf_printf(out, ",\n%s\"left_out\":%u,\"peak\":%llu,\"end\":%llu}\n",
		abi && abi->tls_above_tp ? "\"tls_above\":1," : "",
		d->waits.left_out + d->marks.left_out + d->findings.left_out, (unsigned long long)model_counts(m).peak,
		(unsigned long long)summary->t_ns);
	return err;
}

static void list_init(struct json_list *list)
{
	*list = (struct json_list){ 0 };
	outbuf_init(&list->text, LIST_MAX);
}

void html_data_init(struct html_data *d)
{
	*d = (struct html_data){ 0 };
	list_init(&d->births);
	list_init(&d->ends);
	list_init(&d->waits);
	list_init(&d->marks);
	list_init(&d->findings);
	outbuf_init(&d->found, LIST_MAX);
	outbuf_init(&d->rows, LIST_MAX);
	outbuf_init(&d->line, 1 << 20);
}

void html_data_release(struct html_data *d)
{
	words_release(&d->words);
	outbuf_release(&d->births.text);
	outbuf_release(&d->ends.text);
	outbuf_release(&d->waits.text);
	outbuf_release(&d->marks.text);
	outbuf_release(&d->findings.text);
	outbuf_release(&d->found);
	outbuf_release(&d->rows);
	outbuf_release(&d->line);
	free(d->task);
}

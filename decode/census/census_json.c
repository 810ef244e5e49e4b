/* SPDX-License-Identifier: MIT */
/* A census for programs: JSON Lines, and CSV. Numbers are as they are: bytes, nanoseconds. */
#include "census/census_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/fmt.h"
#include "text/json_values.h"

/* ---- JSON ---- */

/* Three places behind the point say all that an account of nanoseconds can. */
static json_t *rate(double v)
{
	return json_real((double)(int64_t)(v * 1000 + 0.5) / 1000);
}

static json_t *states(const struct census_group *g)
{
	json_t *o = json_object();

	for (unsigned i = 0; i < ARRAY_SIZE(g->states); i++) {
		const char key[] = { i < sizeof(CENSUS_LETTERS) - 1 ? CENSUS_LETTERS[i] : '?', '\0' };
		if (g->states[i])
			js_put(o, key, js_number(g->states[i]));
	}
	return o;
}

static json_t *value_json(const struct census *c, const struct census_group *g, enum census_column col)
{
	struct census_value v = census_value_of(c, g, col);

	if (!v.known)
		return json_null();
	switch (census_column_rows[col].kind) {
	case CENSUS_COUNT:
	case CENSUS_BYTES:
	case CENSUS_SECONDS:
		return js_number((uint64_t)v.number);
	case CENSUS_RATE:
		return rate(v.number);
	case CENSUS_SPAN:
		return json_pack("[I,I]", (json_int_t)v.span[0], (json_int_t)v.span[1]);
	case CENSUS_RANGE:
		return json_pack("[i,i]", v.range[0], v.range[1]);
	case CENSUS_TEXT:
		return js_text(v.text, CENSUS_TEXT_MAX);
	case CENSUS_STATES:
		return states(g);
	case CENSUS_NOTE:
		break;
	}
	return json_null();
}

static json_t *lock_json(const struct census_lock *l)
{
	static const char *const kinds[] = { [WAIT_MUTEX] = "mutex",
		[WAIT_PI] = "pi",
		[WAIT_WRITTEN] = "rwlock_written",
		[WAIT_READ] = "rwlock_read",
		[WAIT_BLIND] = "no_owner",
		[WAIT_JOIN] = "join",
		[WAIT_CONDITION] = "condition",
		[WAIT_SEMAPHORE] = "semaphore",
		[WAIT_WORD] = "own_word" };
	json_t *o = json_object();

	js_put(o, "kind", json_string(kinds[l->kind]));
	js_put(o, "at", js_hex(l->at));
	js_put(o, "owner", l->owner ? js_number((uint64_t)l->owner) : json_null());
	js_put(o, "timed", json_boolean(l->timed));
	return o;
}

/* What a row of one thread has besides: the call that it is in, and the lock. */
static void put_thread(json_t *o, const struct census_task *t)
{
	js_put(o, "call", t->call_known ? json_integer(t->nr) : json_null());
	js_put(o, "wchan", js_sentence(t->wchan));
	js_put(o, "lock", t->lock.kind != WAIT_NONE ? lock_json(&t->lock) : json_null());
	js_put(o, "voluntary_switches", t->is.split ? js_number(t->is.voluntary) : json_null());
	js_put(o, "involuntary_switches", t->is.split ? js_number(t->is.involuntary) : json_null());
}

static json_t *group_json(const struct census *c, const struct census_group *g, const char *event)
{
	json_t *o = json_object();

	js_put(o, "event", json_string(event));
	for (unsigned i = 0; i < CENSUS_COLUMNS; i++)
		if (census_column_rows[i].kind != CENSUS_NOTE)
			js_put(o, census_column_rows[i].name, value_json(c, g, (enum census_column)i));
	return o;
}

json_t *census_thread_json(const struct census *c, const struct census_group *g, const char *event)
{
	json_t *o = group_json(c, g, event);

	put_thread(o, g->first);
	return o;
}

static int group_line(
	const struct census *c, const struct census_view *v, const struct census_group *g, struct outbuf *out)
{
	json_t *o = v->by == BY_THREAD ? census_thread_json(c, g, "census_thread") : group_json(c, g, "census_group");
	int err = js_write(o, out);
	outbuf_putc(out, '\n');
	return err;
}

static int head_line(const struct census *c, struct outbuf *out)
{
	static const char *const keys[CENSUS_LACKS] = { "cpu", "voluntary", "wait", "stack", "touched", "start" };
	struct census_group sum = census_total(c);
	json_t *o = json_object();

	js_put(o, "event", json_string("census"));
	js_put(o, "pid", js_number((uint64_t)c->pid));
	js_put(o, "name", js_text(c->comm, COMM_LEN));
	js_put(o, "threads", js_number(c->n));
	js_put(o, "states", states(&sum));
	js_put(o, "interval_ns", js_number(c->end_ns - c->begin_ns));
	js_put(o, "born", js_number(c->born));
	js_put(o, "ended", js_number(c->ended));
	js_put(o, "cpus", js_number(c->machine.cpus));
	js_put(o, "cpu", value_json(c, &sum, COL_CPU));
	js_put(o, "queue", value_json(c, &sum, COL_QUEUE));
	js_put(o, "voluntary", value_json(c, &sum, COL_VOLUNTARY));
	js_put(o, "involuntary", value_json(c, &sum, COL_INVOLUNTARY));
	js_put(o, "resident", js_number(c->resident));
	js_put(o, "address_space", js_number(c->vm));
	js_put(o, "stack", value_json(c, &sum, COL_STACK));
	js_put(o, "touched", value_json(c, &sum, COL_TOUCHED));
	js_put(o, "kernel_stacks", c->machine.kernel_stack ? js_number(c->machine.kernel_stack * c->n) : json_null());
	for (unsigned i = 0; i < CENSUS_LACKS; i++)
		if (c->lacks[i]) {
			json_t *unknown = json_object_get(o, "unknown");
			if (!unknown)
				js_put(o, "unknown", unknown = json_object());
			js_put(unknown, keys[i],
				json_pack("{s:I,s:s}", "threads", (json_int_t)c->lacks[i], "why",
					c->why[i] ? c->why[i] : "it could not be read"));
		}
	int err = js_write(o, out);
	outbuf_putc(out, '\n');
	return err;
}

struct said {
	struct outbuf *out;
	pid_t pid;
	int err;
};

static void put_verdict(void *ctx, const char *id, const char *text)
{
	struct said *s = ctx;
	json_t *o = json_object();

	js_put(o, "event", json_string("census_verdict"));
	js_put(o, "pid", js_number((uint64_t)s->pid));
	js_put(o, "id", json_string(id));
	js_put(o, "text", json_string(text));
	int err = js_write(o, s->out);
	outbuf_putc(s->out, '\n');
	s->err = s->err ? s->err : err;
}

typedef int row(const struct census *c, const struct census_view *v, const struct census_group *g, struct outbuf *out);

/* One row of each of the first v->top groups. */
static int each_row(const struct census *c, const struct census_view *v, row *put, struct outbuf *out)
{
	struct census_group *group;
	size_t n;
	int err = census_groups(c, v->by, &group, &n);

	if (err)
		return err;
	err = census_sort(c, v, group, n);
	for (size_t i = 0; !err && i < n && (!v->top || i < v->top); i++)
		err = put(c, v, &group[i], out);
	free(group);
	return err;
}

int census_json(const struct census *c, const struct census_view *v, struct outbuf *out)
{
	struct said said = { out, c->pid, 0 };
	int err = head_line(c, out);

	if (!err)
		err = each_row(c, v, group_line, out);
	if (!err)
		err = census_verdicts(c, put_verdict, &said);
	return err ? err : said.err;
}

/* ---- CSV ---- */

static void put_span(struct outbuf *out, const uint64_t of[2])
{
	outbuf_printf(out, "%llu", (unsigned long long)of[0]);
	if (of[1] != of[0])
		outbuf_printf(out, "..%llu", (unsigned long long)of[1]);
}

static int csv_line(
	const struct census *c, const struct census_view *v, const struct census_group *g, struct outbuf *out)
{
	struct outbuf b;

	outbuf_init(&b, 4096);
	for (size_t k = 0; k < v->n_columns; k++) {
		enum census_column col = v->column[k];
		struct census_value value = census_value_of(c, g, col);
		outbuf_clear(&b);
		if (value.known && census_column_rows[col].kind == CENSUS_SPAN)
			put_span(&b, value.span);
		else if (!census_is_number(col))
			census_cell(c, g, col, &b);
		else if (value.known)
			outbuf_printf(&b, census_column_rows[col].kind == CENSUS_RATE ? "%.3f" : "%.0f", value.number);
		outbuf_puts(out, k ? "," : "");
		csv_format(out, outbuf_str(&b));
	}
	outbuf_putc(out, '\n');
	outbuf_release(&b);
	return 0;
}

int census_csv(const struct census *c, const struct census_view *v, bool head, struct outbuf *out)
{
	for (size_t k = 0; head && k < v->n_columns; k++)
		outbuf_printf(out, "%s%s", k ? "," : "", census_column_rows[v->column[k]].name);
	if (head)
		outbuf_putc(out, '\n');
	return each_row(c, v, csv_line, out);
}

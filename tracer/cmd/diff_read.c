/* SPDX-License-Identifier: MIT */
#include "cmd/diff_read.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include <thrtrace/tables.h>

/* A task of the trace, until its end. */
struct seen {
	char label[16];
	char *name, *runs;
	bool process;
	uint64_t stack_bytes;
	UT_hash_handle hh;
};

struct group {
	struct diff_group is;
	UT_hash_handle hh; /* by its key */
};

struct reading {
	struct diff_trace *trace;
	struct seen *seen;
	struct group *groups;
};

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static uint64_t number_of(const json_t *o, const char *key)
{
	json_int_t v = json_integer_value(json_object_get(o, key));

	return v > 0 ? (uint64_t)v : 0;
}

static void seen_free(struct reading *r, struct seen *s)
{
	HASH_DEL(r->seen, s);
	free(s->name);
	free(s->runs);
	free(s);
}

static struct seen *seen_find(const struct reading *r, const char *label)
{
	struct seen *s;

	HASH_FIND_STR(r->seen, label, s);
	return s;
}

/* ---- groups ---- */

/* Anybody may have written the file: its text goes through plain_format. "pool-3-thread-12" -> "pool-{N}-thread-{N}" */
static void put_pattern(struct outbuf *out, const char *name)
{
	while (*name) {
		if (!isdigit((unsigned char)*name)) {
			plain_format(out, (char[]){ *name++, '\0' });
			continue;
		}
		outbuf_puts(out, "{N}");
		while (isdigit((unsigned char)*name))
			name++;
	}
}

#define KEY_MAX 65536

static char *key_of(const struct seen *s)
{
	struct outbuf out;

	outbuf_init(&out, KEY_MAX);
	outbuf_puts(&out, s->process ? "process" : "thread");
	outbuf_puts(&out, *s->runs ? " " : "");
	plain_format(&out, s->runs);
	outbuf_puts(&out, *s->runs ? ", " : " ");
	put_pattern(&out, s->name);
	char *key = outbuf_status(&out) == -ENOMEM ? NULL : strdup(outbuf_str(&out));
	outbuf_release(&out);
	return key;
}

/* key is taken over. */
static struct diff_group *group_of(struct reading *r, char *key)
{
	struct group *g;

	HASH_FIND_STR(r->groups, key, g);
	if (g) {
		free(key);
		return &g->is;
	}
	g = calloc(1, sizeof(*g));
	if (g) {
		g->is.key = key;
		HASH_ADD_KEYPTR(hh, r->groups, key, strlen(key), g);
	}
	if (g && g->hh.tbl)
		return &g->is;
	free(key);
	free(g);
	return NULL;
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct diff_group *)a)->key, ((const struct diff_group *)b)->key);
}

/* From the table into the trace, in order. */
static int settle_groups(struct reading *r)
{
	struct diff_trace *t = r->trace;
	struct group *g, *next;

	t->group = calloc(HASH_COUNT(r->groups) + 1, sizeof(*t->group));
	HASH_ITER (hh, r->groups, g, next) {
		if (t->group)
			t->group[t->n++] = g->is;
		else
			free(g->is.key);
		HASH_DEL(r->groups, g);
		free(g);
	}
	if (!t->group)
		return -ENOMEM;
	qsort(t->group, t->n, sizeof(*t->group), by_key);
	return 0;
}

/* end: NULL where none was told. */
static int add_task(struct reading *r, struct seen *s, const json_t *end)
{
	char *key = key_of(s);
	struct diff_group *g = key ? group_of(r, key) : NULL;

	if (!g)
		return -ENOMEM;
	g->n++;
	g->stack_bytes = s->stack_bytes > g->stack_bytes ? s->stack_bytes : g->stack_bytes;
	if (end) {
		g->by_signal += strcmp(text_of(end, "how"), "signal") == 0;
		g->known += json_is_integer(json_object_get(end, "stack_touched"));
		g->touched += number_of(end, "stack_touched");
		g->cpu_ns += number_of(end, "cpu_ns");
		g->lived_ns += number_of(end, "lived_ns");
	}
	seen_free(r, s);
	return 0;
}

/* ---- lines ---- */

static int on_birth(struct reading *r, const json_t *o)
{
	const char *label = text_of(o, "task"), *what = text_of(o, "kind");
	struct seen *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	snprintf(s->label, sizeof(s->label), "%s", label);
	s->name = strdup(text_of(o, "name"));
	s->runs = strdup(text_of(o, "label"));
	s->process = strcmp(what, "program") == 0 || number_of(o, "tid") == number_of(o, "tgid");
	s->stack_bytes = number_of(json_object_get(o, "stack"), "bytes");
	HASH_ADD_STR(r->seen, label, s);
	if (s->hh.tbl && s->name && s->runs)
		return 0;
	if (s->hh.tbl)
		seen_free(r, s);
	return -ENOMEM;
}

static int on_name(struct reading *r, const json_t *o)
{
	struct seen *s = seen_find(r, text_of(o, "task"));
	char *name = s ? strdup(text_of(o, "name")) : NULL;

	if (!s)
		return 0;
	if (!name)
		return -ENOMEM;
	free(s->name);
	s->name = name;
	return 0;
}

static int on_end(struct reading *r, const json_t *o)
{
	struct seen *s = seen_find(r, text_of(o, "task"));

	return s ? add_task(r, s, o) : 0;
}

static char *plain_copy(const char *text)
{
	struct outbuf out;

	outbuf_init(&out, KEY_MAX);
	plain_format(&out, text);
	char *copy = outbuf_status(&out) == -ENOMEM ? NULL : strdup(outbuf_str(&out));
	outbuf_release(&out);
	return copy;
}

static int on_finding(struct reading *r, const json_t *o)
{
	struct diff_trace *t = r->trace;
	const char *mark = text_of(o, "fingerprint");
	size_t at = 0;

	while (at < t->n_findings && strcmp(t->finding[at], mark) < 0)
		at++;
	if (!*mark || (at < t->n_findings && strcmp(t->finding[at], mark) == 0))
		return 0;
	char **grown = realloc(t->finding, (t->n_findings + 1) * sizeof(*grown)), *copy = plain_copy(mark);
	if (grown)
		t->finding = grown;
	if (!grown || !copy) {
		free(copy);
		return -ENOMEM;
	}
	memmove(&grown[at + 1], &grown[at], (t->n_findings++ - at) * sizeof(*grown));
	grown[at] = copy;
	return 0;
}

static int on_summary(struct reading *r, const json_t *o)
{
	const json_t *status = json_object_get(o, "exit_status");

	r->trace->exited = json_is_integer(status);
	r->trace->status = (int)json_integer_value(status);
	r->trace->signal = (int)json_integer_value(json_object_get(o, "exit_signal"));
	return 0;
}

static int on_start(struct reading *r, const json_t *o)
{
	(void)r;
	return json_integer_value(json_object_get(o, "schema")) == 1 ? 0 : -EINVAL;
}

static int read_line(struct reading *r, const char *line, bool *begun)
{
	static const struct {
		const char *event;
		int (*take)(struct reading *r, const json_t *o);
	} kind[] = {
		{ "start", on_start },
		{ "birth", on_birth },
		{ "name", on_name },
		{ "end", on_end },
		{ "finding", on_finding },
		{ "summary", on_summary },
	};
	json_t *o = json_loads(line, 0, NULL);
	const char *event = text_of(o, "event");
	int err = *begun || strcmp(event, "start") == 0 ? 0 : -EINVAL;

	*begun = true;
	for (size_t i = 0; !err && i < ARRAY_SIZE(kind); i++)
		if (strcmp(event, kind[i].event) == 0)
			err = kind[i].take(r, o);
	if (!o)
		err = -EINVAL;
	json_decref(o);
	return err;
}

static int read_lines(struct reading *r, FILE *f)
{
	char *line = NULL;
	size_t size = 0;
	bool begun = false;
	int err = 0;

	while (!err && getline(&line, &size, f) > 0)
		err = read_line(r, line, &begun);
	free(line);
	if (!err && ferror(f))
		return -EIO;
	return !err && !begun ? -EINVAL : err;
}

int diff_read(const char *path, struct diff_trace *ret)
{
	struct reading r = { .trace = ret };
	struct seen *s, *next;

	*ret = (struct diff_trace){ 0 };
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	if (!f)
		return -errno;
	int err = read_lines(&r, f);
	if (f != stdin)
		fclose(f);
	HASH_ITER (hh, r.seen, s, next) {
		if (!err)
			err = add_task(&r, s, NULL); /* no end was told of it */
		if (err)
			seen_free(&r, s);
	}
	int settled = settle_groups(&r);
	return err ? err : settled;
}

void diff_release(struct diff_trace *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->group[i].key);
	for (size_t i = 0; i < t->n_findings; i++)
		free(t->finding[i]);
	free(t->group);
	free(t->finding);
	*t = (struct diff_trace){ 0 };
}

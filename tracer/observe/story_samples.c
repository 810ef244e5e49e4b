/* SPDX-License-Identifier: MIT */
#include "observe/story_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void first_free(struct first_instant *f)
{
	seen_call_free(f->call);
	seen_call_free(f->later);
	free(f);
}

static struct first_instant *eldest(const struct story *s, pid_t tid)
{
	struct first_instant *f;

	HASH_FIND_INT(s->first, &tid, f);
	return f;
}

struct first_instant *first_find(const struct story *s, pid_t tid, uint64_t t_ns)
{
	struct first_instant *f = eldest(s, tid);

	while (f && first_time(f) < t_ns)
		f = f->next;
	return f;
}

void first_forget(struct story *s, pid_t tid, uint64_t t_ns)
{
	struct first_instant *f = eldest(s, tid), *last = f ? f->last : NULL, *next;

	if (!f || first_time(f) > t_ns)
		return;
	HASH_DEL(s->first, f);
	for (; f && first_time(f) <= t_ns; f = next) {
		next = f->next;
		first_free(f);
	}
	if (!f)
		return;
	f->last = last;
	HASH_ADD_INT(s->first, tid, f); /* the table has as much room as a moment before */
}

static int append_first(struct story *s, pid_t tid, struct first_instant *of, struct seen_call *call)
{
	struct first_instant *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	f->tid = tid;
	if (of) {
		of->last->next = f;
		of->last = f;
	} else {
		f->last = f;
		HASH_ADD_INT(s->first, tid, f);
		if (!f->hh.tbl) {
			free(f);
			return -ENOMEM;
		}
	}
	*(call->begins ? &f->later : &f->call) = call;
	return 0;
}

/*
 * The birth, which is told later, has need of it: it does not stand in the line. Takes the call over when it is 0. The
 * calls of one task come in either order, for it may have changed its CPU.
 */
static int add_first(struct story *s, pid_t tid, struct seen_call *call)
{
	struct first_instant *of = eldest(s, tid);
	struct seen_call **place = !of ? NULL : call->begins ? &of->last->later : &of->last->call;

	if (!place || *place)
		return append_first(s, tid, of, call);
	*place = call;
	return 0;
}

/* It is of a task's first moments. */
static bool is_first(const struct seen_call *c)
{
	return c->begins ? c->call.id == CALL_set_robust_list : c->result == 0;
}

static int read_sample(struct story *s, const struct raw_sample *raw)
{
	struct perf_record r = raw->record;
	struct seen_call *call = NULL;
	int err = seen_read(s->seen, &r, raw->bytes, raw->n, &call);

	if (!err && call) {
		r.u.call = call;
		err = is_first(call) ? add_first(s, r.by_tid, call) : order_add(&s->order, &r);
	}
	if (err)
		seen_call_free(call);
	return err == -EBADMSG ? 0 : err;
}

int story_read_samples(struct story *s, size_t n)
{
	int err = 0;

	for (size_t i = 0; i < n; i++) {
		if (!err && s->raw[i].record.by_tgid != s->helper)
			err = read_sample(s, &s->raw[i]);
		free(s->raw[i].bytes);
	}
	if (n)
		memmove(s->raw, s->raw + n, (s->n_raw - n) * sizeof(*s->raw));
	s->n_raw -= n;
	return err;
}

static int keep_sample(struct story *s, const struct perf_record *r, const void *bytes, size_t n)
{
	if (s->n_raw == s->cap_raw) {
		size_t cap = s->cap_raw ? 2 * s->cap_raw : 64;
		struct raw_sample *grown = reallocarray(s->raw, cap, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		s->raw = grown;
		s->cap_raw = cap;
	}
	void *copy = malloc(n);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, bytes, n);
	s->raw[s->n_raw++] = (struct raw_sample){ *r, copy, n };
	return 0;
}

int story_take(void *ctx, const struct perf_record *record, const void *bytes, size_t n)
{
	struct story *s = ctx;
	struct perf_record r = *record;

	s->came++;
	if (r.kind == PERF_LOST) {
		s->lost += r.u.lost.count;
		model_ends_missing(s->r->tell.model);
		return 0;
	}
	if (r.kind == PERF_SAMPLE)
		return s->seen ? keep_sample(s, &r, bytes, n) : 0;
	if (s->seen)
		seen_record(s->seen, &r, bytes, n);
	return order_add(&s->order, &r);
}

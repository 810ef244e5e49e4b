/* SPDX-License-Identifier: MIT */
#include "sinks/family.h"

#include <errno.h>
#include <stdlib.h>

#include <thrtrace/tables.h>

#include "sinks/room.h"
#include "sinks/words.h"

static struct kin *kin_at(const struct family *f, uint32_t serial)
{
	return serial && serial <= f->n && f->kin[serial - 1].serial ? &f->kin[serial - 1] : NULL;
}

const struct kin *family_get(const struct family *f, uint32_t serial)
{
	return kin_at(f, serial);
}

/* A place for this serial: those in between are not there. */
static int grow(struct family *f, uint32_t serial)
{
	struct kin *kin = room_for(f->kin, &f->n, sizeof(*kin), serial - 1);

	if (!kin)
		return -ENOMEM;
	f->kin = kin;
	return 0;
}

static void end_text(const struct task *t, struct outbuf *b)
{
	task_end_format(b, t);
	if (t->start_refused)
		outbuf_puts(b, ", never ran");
	if (t->joined)
		outbuf_printf(b, ", joined by T%u", t->joiner_label);
}

/* What can have changed between a birth and an end. */
static int describe(struct family *f, struct kin *k, const struct task *t)
{
	struct outbuf b;

	outbuf_init(&b, 4096);
	task_name_format(&b, t);
	k->name = word_of(&f->words, &b);
	task_runs_format(&b, t);
	k->runs = word_of(&f->words, &b);
	end_text(t, &b);
	k->end = word_of(&f->words, &b);
	if (t->made_at.pc) {
		frame_format(&b, &t->made_at);
		k->made_in = word_of(&f->words, &b);
	}
	outbuf_release(&b);
	k->tid = t->id.tid;
	k->violent = t->life == TASK_DEAD && t->end.how == END_SIGNAL;
	k->joiner = t->joined ? t->joiner : 0;
	return k->name && k->runs && k->end && (k->made_in || !t->made_at.pc) ? 0 : -ENOMEM;
}

/* A birth or an end; any other event is nothing to it. */
static int take(struct family *f, const struct event *ev)
{
	const struct task *t = ev->task;
	struct outbuf b;

	if (ev->kind != EV_BIRTH && ev->kind != EV_END)
		return 0;
	int err = grow(f, t->id.serial);
	if (err)
		return err;
	struct kin *k = &f->kin[t->id.serial - 1];
	k->serial = t->id.serial;
	k->label = t->label;
	k->creator = t->creator < t->id.serial ? t->creator : 0; /* it was there before, or is none */
	k->thread = t->thread;
	if (!t->creator && t->birth != BIRTH_PROGRAM && birth_origin(t->birth)) {
		outbuf_init(&b, 64);
		outbuf_puts(&b, birth_origin(t->birth));
		k->origin = word_of(&f->words, &b);
		outbuf_release(&b);
		if (!k->origin)
			return -ENOMEM;
	}
	return describe(f, k, t);
}

/* ---- who is alike ---- */

static uint64_t mix(uint64_t h, uint64_t v)
{
	h ^= v;
	h *= 0x9e3779b97f4a7c15;
	return h ^ h >> 29;
}

/* Equal words have equal addresses. What comes of those tells tasks apart, and is shown nowhere. */
static uint64_t kind_of(const struct kin *k)
{
	uint64_t h = mix(k->thread ? 1 : 2, (uintptr_t)k->name);

	h = mix(h, (uintptr_t)k->runs);
	h = mix(h, (uintptr_t)k->end);
	h = mix(h, (uintptr_t)k->origin);
	return mix(h, k->brood);
}

static void link_in(struct family *f, struct kin *k)
{
	struct kin *parent = kin_at(f, k->creator);
	uint32_t *child = parent ? &parent->child : &f->child, *last = parent ? &parent->last_child : &f->last_child;

	if (*last)
		kin_at(f, *last)->sibling = k->serial;
	else
		*child = k->serial;
	*last = k->serial;
}

/* A creator is older than what it makes: from the youngest on, each is known when its creator is asked. */
static void compare(struct family *f)
{
	for (uint32_t s = (uint32_t)f->n; s; s--) {
		struct kin *k = kin_at(f, s), *parent = k ? kin_at(f, k->creator) : NULL;
		if (!k)
			continue;
		k->key = (struct kin_key){ parent ? k->creator : 0, kind_of(k) };
		if (parent)
			parent->brood += mix(k->key.kind, 1);
	}
}

static int arrange(struct family *f)
{
	struct kin *firsts = NULL;

	compare(f);
	for (uint32_t s = 1; s <= f->n; s++) {
		struct kin *k = kin_at(f, s), *first = NULL;
		if (!k)
			continue;
		HASH_FIND(hh, firsts, &k->key, sizeof(k->key), first);
		if (!first) {
			first = k;
			HASH_ADD(hh, firsts, key, sizeof(k->key), k);
			if (!k->hh.tbl)
				return -ENOMEM;
			link_in(f, k);
		}
		struct kin *parent = kin_at(f, k->creator);
		k->drawn = first == k && (!parent || parent->drawn);
		first->alike++;
		first->last = s;
		k->first = first->serial;
		if (first->made_in != k->made_in)
			first->made_in = NULL;
	}
	HASH_CLEAR(hh, firsts);
	return 0;
}

int family_event(struct sink *s, const struct event *ev, void (*write)(const struct family *f, struct outbuf *out),
	struct outbuf *out)
{
	struct family *f = &((struct family_sink *)s)->family;
	int err = take(f, ev);

	if (err || ev->kind != EV_SUMMARY)
		return err;
	err = arrange(f);
	if (!err)
		write(f, out);
	return err;
}

void family_sink_release(struct sink *s)
{
	struct family *f = &((struct family_sink *)s)->family;

	words_release(&f->words);
	free(f->kin);
	*f = (struct family){ 0 };
}

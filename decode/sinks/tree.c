/* SPDX-License-Identifier: MIT */
/*
 * Who made whom, as pstree draws processes: below each task those that it made, threads in braces, and how each ended.
 * Written when the trace is over.
 */
#include <thrtrace/sink.h>

#include "sinks/family.h"

/* Deeper than this the drawing does not go on to the right. */
#define DEEP_MAX 32

/* A place in the tree: what is drawn left of a task's line. */
struct branch {
	bool more[DEEP_MAX]; /* at each depth: a sibling follows */
	unsigned depth;
	bool many; /* it, or who made it, stands for more than one */
};

static void draw(const struct branch *b, struct outbuf *out)
{
	unsigned depth = b->depth < DEEP_MAX ? b->depth : DEEP_MAX;

	for (unsigned i = 1; i + 1 < depth; i++)
		outbuf_puts(out, b->more[i] ? "| " : "  ");
	if (depth > 1)
		outbuf_puts(out, b->more[depth - 1] ? "|-" : "`-");
}

/* "22940 (T1)"; "x12, 22940-22951 (T1-T12)"; in what is drawn once for many there is no number to tell. */
static void numbers(const struct family *f, const struct kin *k, bool many, struct outbuf *out)
{
	const struct kin *last = family_get(f, k->last);

	if (k->alike > 1)
		outbuf_printf(out, " x%u", k->alike);
	if (many)
		return;
	if (k->alike == 1) {
		outbuf_printf(out, " %d (T%u)", k->tid, k->label);
		return;
	}
	bool in_a_row = last->label - k->label == k->alike - 1;
	outbuf_printf(out, ", %d %s %d (T%u %s T%u)", k->tid, in_a_row ? "to" : "...", last->tid, k->label,
		in_a_row ? "to" : "...", last->label);
}

static void line(const struct family *f, const struct kin *k, const struct branch *b, struct outbuf *out)
{
	draw(b, out);
	outbuf_printf(out, k->thread ? "{%s}" : "%s", k->name->text);
	numbers(f, k, b->many, out);
	if (k->origin)
		outbuf_printf(out, ", made %s", k->origin->text);
	if (k->runs->text[0])
		outbuf_printf(out, ", %s %s", k->alike > 1 ? "run" : "runs", k->runs->text);
	outbuf_printf(out, ": %s\n", k->end->text);
}

/* The next task to be drawn after k; NULL: that was the last. b goes along. No recursion: a chain may be long. */
static const struct kin *next_of(const struct family *f, const struct kin *k, struct branch *b, uint32_t *many_at)
{
	if (k->child) {
		if (k->alike > 1 && !b->many) {
			b->many = true;
			*many_at = b->depth;
		}
		b->depth++;
		return family_get(f, k->child);
	}
	while (k && !k->sibling) {
		k = family_get(f, k->creator);
		b->depth--;
		if (b->many && b->depth == *many_at)
			b->many = false;
	}
	return k ? family_get(f, k->sibling) : NULL;
}

static void write_tree(const struct family *f, struct outbuf *out)
{
	struct branch b = { .depth = 1 };
	uint32_t many_at = 0;

	for (const struct kin *k = family_get(f, f->child); k; k = next_of(f, k, &b, &many_at)) {
		if (b.depth - 1 < DEEP_MAX)
			b.more[b.depth - 1] = k->sibling != 0;
		line(f, k, &b, out);
	}
}

static int tree_event(struct sink *s, const struct event *ev, const struct model *m, struct outbuf *out)
{
	(void)m;
	return family_event(s, ev, write_tree, out);
}

const struct sink_ops sink_tree = {
	.name = "tree",
	.help = "who made whom, as pstree draws it: alike siblings counted, and how each ended",
	.size = sizeof(struct family_sink),
	.event = tree_event,
	.release = family_sink_release,
};

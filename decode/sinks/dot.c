/* SPDX-License-Identifier: MIT */
/*
 * Who made whom, as a graph for Graphviz: a box is a process, an ellipse a thread, a second line around it says that it
 * stands for many. Full arrows lead from who made it, dashed ones to who has joined it. Written when the trace is over.
 */
#include <thrtrace/sink.h>

#include "sinks/family.h"

/* Within a quoted string of the language: our own text, which is printable ASCII. */
static void put_quoted(struct outbuf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			outbuf_putc(out, '\\');
		outbuf_putc(out, *text);
	}
}

static void put_node(const struct family *f, const struct kin *k, struct outbuf *out)
{
	const struct kin *last = family_get(f, k->last);

	outbuf_printf(out, "\tT%u [shape=%s%s%s label=\"", k->label, k->thread ? "ellipse" : "box",
		k->alike > 1 ? " peripheries=2" : "", k->violent ? " color=red3 fontcolor=red3" : "");
	put_quoted(out, k->name->text);
	if (k->alike > 1)
		outbuf_printf(out, " x%u\\nT%u %s T%u", k->alike, k->label,
			last->label - k->label == k->alike - 1 ? "to" : "...", last->label);
	else
		outbuf_printf(out, "\\nT%u, %s %d", k->label, k->thread ? "tid" : "pid", k->tid);
	if (k->runs->text[0])
		outbuf_puts(out, "\\n");
	put_quoted(out, k->runs->text);
	outbuf_puts(out, "\\n");
	put_quoted(out, k->end->text);
	outbuf_puts(out, "\"];\n");
}

static void put_arrows(const struct family *f, const struct kin *k, struct outbuf *out)
{
	const struct kin *by = family_get(f, k->creator), *joiner = family_get(f, k->joiner);

	if (by) {
		outbuf_printf(out, "\tT%u -> T%u", family_get(f, by->first)->label, k->label);
		if (k->made_in) {
			outbuf_puts(out, " [label=\"");
			put_quoted(out, k->made_in->text);
			outbuf_puts(out, "\"]");
		}
		outbuf_puts(out, ";\n");
	}
	joiner = joiner ? family_get(f, joiner->first) : NULL;
	if (joiner && joiner->drawn)
		outbuf_printf(
			out, "\tT%u -> T%u [style=dashed constraint=false color=gray50];\n", k->label, joiner->label);
}

static void write_graph(const struct family *f, struct outbuf *out)
{
	outbuf_puts(out,
		"digraph threads {\n"
		"\trankdir=LR;\n"
		"\tnode [fontname=\"sans-serif\" fontsize=11];\n"
		"\tedge [fontname=\"sans-serif\" fontsize=9];\n");
	for (uint32_t s = 1; s <= f->n; s++)
		if (family_get(f, s) && family_get(f, s)->drawn)
			put_node(f, family_get(f, s), out);
	for (uint32_t s = 1; s <= f->n; s++)
		if (family_get(f, s) && family_get(f, s)->drawn)
			put_arrows(f, family_get(f, s), out);
	outbuf_puts(out, "}\n");
}

static int dot_event(struct sink *s, const struct event *ev, const struct model *m, struct outbuf *out)
{
	(void)m;
	return family_event(s, ev, write_graph, out);
}

const struct sink_ops sink_dot = {
	.name = "dot",
	.help = "the same as a graph for Graphviz",
	.size = sizeof(struct family_sink),
	.event = dot_event,
	.release = family_sink_release,
};

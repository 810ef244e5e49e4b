/* SPDX-License-Identifier: MIT */
/* The page about one flag word. */
#include <thrtrace/explain_page.h>
#include <thrtrace/tables.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "text/json_values.h"

enum { WIDTH = 80, LABEL_COL = 2, TEXT_COL = 13, NAME_COL = TEXT_COL + 22, STATE_COL = 28, SHARE_COL = 37 };

enum page_format page_format_by_name(const char *name)
{
	static const char *const names[PAGE_FORMATS] = { "text", "json", "markdown", "man" };

	for (size_t i = 0; i < PAGE_FORMATS; i++)
		if (strcmp(name, names[i]) == 0)
			return (enum page_format)i;
	return PAGE_FORMATS;
}

static bool makes_task(const struct flag_word *w)
{
	return w->call == ON_CLONE || w->call == ON_CLONE3;
}

static enum verdict_call verdict_call_of(enum flag_call call)
{
	switch (call) {
	case ON_CLONE:
		return VC_CLONE;
	case ON_CLONE3:
		return VC_CLONE3;
	case ON_UNSHARE:
		return VC_UNSHARE;
	case ON_SETNS:
		return VC_SETNS;
	}
	return VC_CLONE;
}

/* Arguments that are never the reason of a refusal. */
static struct call_clone good_arguments(const struct flag_word *w)
{
	struct call_clone c = { .flags = w->flags,
		.exit_signal = w->exit_signal,
		.tls = 0x10000,
		.child_tid = 0x10100,
		.parent_tid = 0x10200,
		.pidfd = 0x10300,
		.args_size = 88 };

	if (w->flags & CLONE_VM_) {
		c.stack = 0x20000;
		c.stack_size = 0x10000;
	}
	if (w->flags & CLONE_INTO_CGROUP_)
		c.cgroup = 3;
	return c;
}

void explain_verdict(struct verdict *ret, const struct explain_query *q)
{
	struct call_clone c = good_arguments(&q->word);
	struct argument_facts args = { .pidfd_unwritable = FACT_NO, .set_tid_in_use = FACT_NO, .cgroup_bad = FACT_NO };
	struct verdict_query v = { .call = verdict_call_of(q->word.call),
		.clone = &c,
		.flags = q->word.flags,
		.who = &q->who,
		.args = &args };

	verdict_of(ret, &v);
}

/* ---- text ---- */

static void label(struct outbuf *out, const char *name)
{
	outbuf_pad(out, LABEL_COL);
	outbuf_puts(out, name);
	outbuf_pad(out, TEXT_COL);
}

static void paragraph(struct outbuf *out, const char *name, const char *text)
{
	label(out, name);
	wrap_format(out, text, TEXT_COL, WIDTH);
	outbuf_putc(out, '\n');
}

static void heading(struct outbuf *out, const struct flag_word *w)
{
	struct outbuf text;

	outbuf_init(&text, 8192);
	outbuf_printf(&text, "0x%llx = ", (unsigned long long)w->word);
	clone_word_format(&text, w->call, w->flags, w->exit_signal);
	wrap_format(out, outbuf_str(&text), 4, WIDTH);
	outbuf_putc(out, '\n');
	outbuf_release(&text);
}

/* What unshare does with a flag, where that is not what clone does. */
static const char *unshare_text(const struct clone_flag *row)
{
	switch (row->value) {
	case CLONE_FS_:
		return "the caller gets a copy of working directory, root, umask for itself";
	case CLONE_FILES_:
		return "the caller gets a copy of the file descriptor table for itself";
	case CLONE_SYSVSEM_:
		return "the caller starts a semaphore undo list of its own; the old one's adjustments are made if it "
		       "was the last";
	case CLONE_VM_:
	case CLONE_SIGHAND_:
	case CLONE_THREAD_:
		return "nothing: it only checks that there is nothing to unshare: the caller is the one thread of its "
		       "process, and no other shares its memory or handlers";
	case CLONE_NEWPID_:
		return "a new pid namespace for children made from now on; the caller stays";
	case CLONE_NEWTIME_:
		return "a new time namespace for children made from now on; the caller stays";
	default:
		return row->set;
	}
}

static const char *setns_text(const struct clone_flag *row)
{
	switch (row->value) {
	case CLONE_NEWPID_:
		return "children made from now on go to the pid namespace given; the caller stays";
	case CLONE_NEWUSER_:
		return "the caller enters the user namespace given, with every capability there";
	case CLONE_NEWNS_:
		return "the caller enters the mount namespace given; its working directory and root are that one's "
		       "root from then on";
	case CLONE_NEWIPC_:
		return "the caller enters the IPC namespace given; its semaphore adjustments are undone as at its exit";
	default:
		return "the caller enters the namespace of this kind that the descriptor names";
	}
}

static const char *effect_of(const struct clone_flag *row, enum flag_call call)
{
	if (call == ON_UNSHARE)
		return unshare_text(row);
	return call == ON_SETNS ? setns_text(row) : row->set;
}

static void one_flag(struct outbuf *out, const char *name, const char *text, bool first)
{
	if (first)
		label(out, "flags");
	else
		outbuf_pad(out, TEXT_COL);
	outbuf_puts(out, name);
	if (strlen(name) + TEXT_COL >= NAME_COL)
		outbuf_putc(out, '\n');
	outbuf_pad(out, NAME_COL);
	wrap_format(out, text, NAME_COL, WIDTH);
	outbuf_putc(out, '\n');
}

static void exit_signal_line(struct outbuf *out, const struct flag_word *w, bool first)
{
	char name[32];
	struct outbuf text;

	outbuf_init(&text, sizeof(name) - 1);
	if (w->exit_signal > 64 || !signal_format(&text, (unsigned)w->exit_signal))
		outbuf_printf(&text, "%llu", (unsigned long long)w->exit_signal);
	memcpy(name, outbuf_str(&text), strlen(outbuf_str(&text)) + 1);
	outbuf_release(&text);
	const char *meaning = "exit signal: what its parent gets when it ends";
	if (w->exit_signal > 64)
		meaning = "exit signal: there is none of this number, so none is sent";
	else if (w->flags & (CLONE_THREAD_ | CLONE_PARENT_))
		meaning = w->exit_signal == SIGCHLD && !(w->flags & CLONE_VFORK_) ?
			"exit signal: without effect here, but that a tracer hears of a fork (PTRACE_EVENT_FORK)" :
			"exit signal: of no effect with CLONE_THREAD or CLONE_PARENT";
	one_flag(out, name, meaning, first);
}

/* What unshare takes besides. */
static void implied_lines(struct outbuf *out, const struct flag_word *w)
{
	uint64_t implied = w->call == ON_UNSHARE ? unshare_implies(w->flags) : 0;
	const char *name = "implied";

	for (unsigned i = 0; i < 64; i++) {
		uint64_t bit = UINT64_C(1) << i;
		const struct clone_flag *row = implied & bit ? clone_flag_of(bit, w->call) : NULL;
		if (!row)
			continue;
		label(out, name);
		name = "";
		outbuf_puts(out, row->name);
		outbuf_pad(out, NAME_COL);
		wrap_format(out, effect_of(row, w->call), NAME_COL, WIDTH);
		outbuf_putc(out, '\n');
	}
}

static void flag_lines(struct outbuf *out, const struct flag_word *w)
{
	bool first = true;

	for (unsigned i = 0; i < 64; i++) {
		uint64_t bit = UINT64_C(1) << i;
		const struct clone_flag *row = w->flags & bit ? clone_flag_of(bit, w->call) : NULL;
		if (!row)
			continue;
		one_flag(out, row->name, effect_of(row, w->call), first);
		first = false;
	}
	if (w->unknown) {
		char name[32];
		size_t n = 0;
		struct outbuf text;
		outbuf_init(&text, sizeof(name) - 1);
		outbuf_printf(&text, "0x%llx", (unsigned long long)w->unknown);
		n = strlen(outbuf_str(&text));
		memcpy(name, outbuf_str(&text), n + 1);
		outbuf_release(&text);
		one_flag(out, name, w->call == ON_CLONE ? "clone does not look at these bits" : "no flag of this call",
			first);
		first = false;
	}
	implied_lines(out, w);
	if (makes_task(w) && w->exit_signal)
		exit_signal_line(out, w, first);
	else if (makes_task(w) && first)
		one_flag(out, "0", "nothing is shared, and no signal is sent when it ends", first);
}

static void resource_lines(struct outbuf *out, uint64_t flags)
{
	size_t n;
	const struct resource_row *rows = resource_rows(&n);

	outbuf_puts(out, "\n  RESOURCE");
	outbuf_pad(out, STATE_COL);
	outbuf_puts(out, "THE NEW TASK'S\n");
	for (size_t i = 0; i < n; i++) {
		struct resource_share s = resource_share(i, flags);
		outbuf_printf(out, "  %s", rows[i].title);
		outbuf_pad(out, STATE_COL);
		outbuf_puts(out, share_state_name(s.state));
		outbuf_pad(out, SHARE_COL);
		wrap_format(out, s.text, SHARE_COL, WIDTH);
		outbuf_putc(out, '\n');
	}
}

static void verdict_lines(struct outbuf *out, const struct explain_query *q, const struct verdict *v)
{
	struct outbuf text;

	outbuf_init(&text, 4096);
	if (v->err)
		outbuf_printf(&text, "refused: %s (%s)", errno_name(v->err), errno_text(v->err));
	else
		outbuf_puts(&text, "accepted");
	outbuf_puts(&text, ", on Linux ");
	kernel_version_format(&text, q->who.kernel & ~UINT32_C(0xff));
	outbuf_printf(&text, ", for %s", q->who_text);
	paragraph(out, "verdict", outbuf_str(&text));
	outbuf_release(&text);
	if (v->err) {
		paragraph(out, "rule", v->rule);
		paragraph(out, "why", v->why);
		if (v->repair[0])
			paragraph(out, "repair", v->repair);
		paragraph(out, "source", v->source);
	} else if (v->unless) {
		label(out, "unless");
		outbuf_printf(out, "the rule %s holds, which could not be checked here\n", v->unless);
	}
}

static void text_page(struct outbuf *out, const struct explain_query *q, const struct verdict *v)
{
	const struct flag_word *w = &q->word;
	struct outbuf what;

	heading(out, w);
	outbuf_init(&what, 1024);
	flag_calls_format(&what, w->call);
	if (!w->call_given)
		outbuf_puts(&what, w->call == ON_CLONE ? "" : " (a bit needs it)");
	paragraph(out, "call", outbuf_str(&what));
	if (makes_task(w)) {
		outbuf_clear(&what);
		task_sort_format(&what, w->flags);
		paragraph(out, "makes", outbuf_str(&what));
	}
	outbuf_release(&what);
	verdict_lines(out, q, v);
	outbuf_putc(out, '\n');
	flag_lines(out, w);
	if (makes_task(w))
		resource_lines(out, w->flags);
	else
		outbuf_puts(out, "\n  All else of the caller stays as it is.\n");
}

/* ---- JSON ---- */

static json_t *names_json(uint64_t flags, enum flag_call call)
{
	json_t *names = json_array();

	for (unsigned i = 0; i < 64; i++) {
		uint64_t bit = UINT64_C(1) << i;
		const struct clone_flag *row = flags & bit ? clone_flag_of(bit, call) : NULL;
		if (row)
			json_array_append_new(names, json_string(row->name));
	}
	return names;
}

static json_t *signal_json(const struct flag_word *w)
{
	struct outbuf text;
	json_t *ret;

	if (!w->exit_signal)
		return json_null();
	outbuf_init(&text, 64);
	if (w->exit_signal <= 64 && signal_format(&text, (unsigned)w->exit_signal))
		ret = json_string(outbuf_str(&text));
	else
		ret = json_integer((json_int_t)w->exit_signal);
	outbuf_release(&text);
	return ret;
}

static json_t *resources_json(uint64_t flags)
{
	size_t n;
	const struct resource_row *rows = resource_rows(&n);
	json_t *o = json_object();

	for (size_t i = 0; i < n; i++)
		js_put(o, rows[i].key, json_string(share_state_name(resource_share(i, flags).state)));
	return o;
}

static json_t *page_json(const struct explain_query *q, const struct verdict *v)
{
	const struct flag_word *w = &q->word;
	struct outbuf text;
	json_t *o = json_object();

	outbuf_init(&text, 1024);
	flag_calls_format(&text, w->call);
	js_put(o, "call", json_string(outbuf_str(&text)));
	outbuf_clear(&text);
	js_put(o, "word", js_hex(w->word));
	js_put(o, "names", names_json(w->flags, w->call));
	js_put(o, "implied", names_json(w->call == ON_UNSHARE ? unshare_implies(w->flags) : 0, w->call));
	js_put(o, "unknown_bits", js_hex(w->unknown));
	js_put(o, "exit_signal", signal_json(w));
	if (makes_task(w))
		task_sort_format(&text, w->flags);
	js_put(o, "what", js_sentence(outbuf_str(&text)));
	js_put(o, "resources", makes_task(w) ? resources_json(w->flags) : json_null());
	js_put(o, "accepted", json_boolean(!v->err));
	js_put(o, "errno", v->err ? js_sentence(errno_name(v->err)) : json_null());
	js_put(o, "rule", js_sentence(v->rule));
	js_put(o, "why", js_sentence(v->why));
	js_put(o, "repair", js_sentence(v->repair));
	js_put(o, "unless", js_sentence(v->unless));
	outbuf_release(&text);
	return o;
}

void explain_page(struct outbuf *out, const struct explain_query *q, enum page_format format)
{
	struct verdict v;

	explain_verdict(&v, q);
	if (format != PAGE_JSON) {
		text_page(out, q, &v);
		return;
	}
	json_t *o = page_json(q, &v);
	char *line = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	outbuf_puts(out, line ? line : "null");
	outbuf_putc(out, '\n');
	free(line);
}

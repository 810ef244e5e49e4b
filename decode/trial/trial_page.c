/* SPDX-License-Identifier: MIT */
/* A tried word as a page, and as JSON Lines. */
#include <thrtrace/tables.h>
#include <thrtrace/trial.h>

#include "text/json_values.h"

enum { WIDTH = 80, LABEL = 2, LABELED = 13, SAID = 28, SAW = 36, EVIDENCE = 44, TEXT_MAX = 4096 };

static void paragraph(struct outbuf *out, const char *label, const char *text)
{
	outbuf_pad(out, LABEL);
	outbuf_puts(out, label);
	outbuf_pad(out, LABELED);
	wrap_format(out, text, LABELED, WIDTH);
	outbuf_putc(out, '\n');
}

static void word_lines(struct outbuf *out, const char *label, const struct flag_word *w)
{
	struct outbuf text;

	outbuf_init(&text, TEXT_MAX);
	outbuf_printf(&text, "0x%llx = ", (unsigned long long)w->word);
	clone_word_format(&text, w->call, w->flags, w->exit_signal);
	if (label) {
		paragraph(out, label, outbuf_str(&text));
	} else {
		wrap_format(out, outbuf_str(&text), 4, WIDTH);
		outbuf_putc(out, '\n');
	}
	outbuf_release(&text);
}

static bool foretold(const struct trial *t, const struct verdict *v)
{
	return v->err == t->refused;
}

/* ---- text ---- */

static void refusal_lines(struct outbuf *out, const struct trial *t, const struct verdict *v)
{
	struct flag_word near;

	if (v->err && foretold(t, v)) {
		paragraph(out, "rule", v->rule);
		paragraph(out, "why", v->why);
		if (v->repair[0])
			paragraph(out, "repair", v->repair);
	} else if (v->err) {
		struct outbuf text;
		outbuf_init(&text, TEXT_MAX);
		outbuf_printf(&text, "said was %s, by the rule %s", errno_name(v->err), v->rule);
		paragraph(out, "!!", outbuf_str(&text));
		outbuf_release(&text);
	} else {
		paragraph(out, "why",
			"nothing in the word forbids it: a limit, a filter or a descriptor that it names "
			"can do so. thrtrace PROGRAM tells which, where a program makes the call.");
	}
	if (v->err && trial_nearest(&near, &t->query))
		word_lines(out, "nearest", &near);
}

static bool nothing_tried(const struct trial *t)
{
	for (size_t i = 0; i < trial_rows(); i++)
		if (t->tried[i].seen)
			return false;
	return true;
}

static void head(struct outbuf *out, const struct trial *t, const struct verdict *v)
{
	struct outbuf text;

	word_lines(out, NULL, &t->query.word);
	outbuf_init(&text, TEXT_MAX);
	flag_calls_format(&text, t->query.word.call);
	outbuf_printf(&text, ", by %s, on Linux ", t->query.who_text);
	kernel_version_format(&text, t->query.who.kernel & ~UINT32_C(0xff));
	paragraph(out, "call", outbuf_str(&text));
	outbuf_clear(&text);
	if (t->refused)
		outbuf_printf(&text, "refused: %s (%s)", errno_name(t->refused), errno_text(t->refused));
	else if (nothing_tried(t))
		outbuf_puts(&text, "not asked for");
	else
		outbuf_puts(&text, t->query.word.call == ON_UNSHARE ? "accepted" : "a task was made");
	paragraph(out, "answer", outbuf_str(&text));
	outbuf_release(&text);
	if (t->refused)
		refusal_lines(out, t, v);
	else if (v->err)
		paragraph(out, "!!", "said was that it is refused");
}

static void row_lines(struct outbuf *out, size_t row, const struct trial_said *said, const struct tried *tried)
{
	enum trial_verdict verdict = trial_judge(said, tried);

	outbuf_puts(out, verdict == TRIAL_DIFFERS ? "!!" : "  ");
	outbuf_puts(out, trial_title(row));
	outbuf_pad(out, SAID);
	outbuf_puts(out, trial_state_name(said->state));
	outbuf_pad(out, SAW);
	outbuf_puts(out, trial_state_name(trial_state_seen(said, tried)));
	outbuf_pad(out, EVIDENCE);
	wrap_format(out, verdict == TRIAL_NOT_TRIED ? tried->why_not : tried->evidence, EVIDENCE, WIDTH);
	outbuf_putc(out, '\n');
	if (verdict != TRIAL_DIFFERS)
		return;
	outbuf_pad(out, EVIDENCE);
	outbuf_puts(out, "said: ");
	wrap_format(out, said->text, EVIDENCE, WIDTH);
	outbuf_putc(out, '\n');
}

static void titles(struct outbuf *out)
{
	outbuf_puts(out, "\n  RESOURCE");
	outbuf_pad(out, SAID);
	outbuf_puts(out, "SAID");
	outbuf_pad(out, SAW);
	outbuf_puts(out, "SEEN");
	outbuf_pad(out, EVIDENCE);
	outbuf_puts(out, "BY\n");
}

static size_t text_page(struct outbuf *out, const struct trial *t, const struct verdict *v)
{
	size_t count[3] = { 0 };

	head(out, t, v);
	if (t->refused)
		return !foretold(t, v) && v->err;
	titles(out);
	for (size_t i = 0; i < trial_rows(); i++) {
		struct trial_said said = trial_said(i, &t->query.word);
		if (!trial_concerns(i, &t->query.word))
			continue;
		row_lines(out, i, &said, &t->tried[i]);
		count[trial_judge(&said, &t->tried[i])]++;
	}
	outbuf_printf(out, "\n%zu seen as said, %zu not as said, %zu not tried\n", count[TRIAL_AGREES],
		count[TRIAL_DIFFERS], count[TRIAL_NOT_TRIED]);
	return count[TRIAL_DIFFERS] + (v->err != 0);
}

/* ---- JSON ---- */

static void write_line(json_t *o, struct outbuf *out)
{
	if (js_write(o, out))
		outbuf_puts(out, "null");
	outbuf_putc(out, '\n');
}

static json_t *word_json(const struct trial *t, const char *event)
{
	struct outbuf call;
	json_t *o = json_object();

	outbuf_init(&call, TEXT_MAX);
	flag_calls_format(&call, t->query.word.call);
	js_put(o, "event", json_string(event));
	js_put(o, "call", js_taken(&call));
	js_put(o, "word", js_hex(t->query.word.word));
	return o;
}

static void row_json(struct outbuf *out, const struct trial *t, size_t row)
{
	struct trial_said said = trial_said(row, &t->query.word);
	const struct tried *tried = &t->tried[row];
	enum trial_verdict verdict = trial_judge(&said, tried);
	json_t *o = word_json(t, "try_row");

	js_put(o, "resource", json_string(trial_key(row)));
	js_put(o, "said", json_string(trial_state_name(said.state)));
	js_put(o, "said_text", js_sentence(said.text));
	if (verdict == TRIAL_NOT_TRIED) {
		js_put(o, "seen", json_null());
		js_put(o, "agrees", json_null());
		js_put(o, "why_not", js_sentence(tried->why_not));
	} else {
		js_put(o, "seen", json_string(trial_state_name(trial_state_seen(&said, tried))));
		js_put(o, "agrees", json_boolean(verdict == TRIAL_AGREES));
		js_put(o, "evidence", js_sentence(tried->evidence));
	}
	write_line(o, out);
}

static void answer_json(struct outbuf *out, const struct trial *t, const struct verdict *v)
{
	struct flag_word near;
	json_t *o = word_json(t, "try");

	js_put(o, "accepted", json_boolean(!t->refused));
	js_put(o, "errno", t->refused ? js_sentence(errno_name(t->refused)) : json_null());
	js_put(o, "said_errno", v->err ? js_sentence(errno_name(v->err)) : json_null());
	if (t->refused && v->err) {
		js_put(o, "rule", js_sentence(v->rule));
		js_put(o, "why", js_sentence(v->why));
		js_put(o, "repair", js_sentence(v->repair));
		js_put(o, "nearest", trial_nearest(&near, &t->query) ? js_hex(near.word) : json_null());
	}
	write_line(o, out);
}

static size_t json_lines(struct outbuf *out, const struct trial *t, const struct verdict *v)
{
	size_t differ = v->err && !foretold(t, v);

	answer_json(out, t, v);
	for (size_t i = 0; !t->refused && i < trial_rows(); i++) {
		struct trial_said said = trial_said(i, &t->query.word);
		if (!trial_concerns(i, &t->query.word))
			continue;
		row_json(out, t, i);
		differ += trial_judge(&said, &t->tried[i]) == TRIAL_DIFFERS;
	}
	return differ;
}

size_t trial_page(struct outbuf *out, const struct trial *t, enum page_format format)
{
	struct verdict v;

	explain_verdict(&v, &t->query);
	return format == PAGE_JSON ? json_lines(out, t, &v) : text_page(out, t, &v);
}

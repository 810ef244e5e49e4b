/* SPDX-License-Identifier: MIT */
#include "sinks/html_parts.h"

#include <thrtrace/explain.h>
#include <thrtrace/proof.h>
#include <thrtrace/tables.h>
#include <thrtrace/uapi.h>

#include "sinks/json_parts.h"
#include "sinks/words.h"

#define PART_MAX 65536 /* bytes of one text: 64 frames, say */

json_t *html_word(struct words *words, struct outbuf *b)
{
	if (!b->len)
		return json_null();
	const struct word *w = word_of(words, b);
	return w ? js_number(w->nr) : NULL; /* NULL shows when the object is written */
}

/* What is being filled: an object, whose texts are words. */
struct part {
	json_t *o;
	struct words *words;
	struct outbuf b;
};

static void begin(struct part *p, struct words *words)
{
	p->o = json_object();
	p->words = words;
	outbuf_init(&p->b, PART_MAX);
}

static json_t *finish(struct part *p)
{
	outbuf_release(&p->b);
	return p->o;
}

/* The text in p->b under this key; none is no key. */
static void put_word(struct part *p, const char *key)
{
	if (p->b.len)
		js_put(p->o, key, html_word(p->words, &p->b));
	outbuf_clear(&p->b);
}

static void put_sentence(struct part *p, const char *key, const char *text)
{
	if (text)
		outbuf_puts(&p->b, text);
	put_word(p, key);
}

static void put_number(json_t *o, const char *key, bool known, uint64_t v)
{
	if (known)
		js_put(o, key, js_number(v));
}

static void put_address(json_t *o, const char *key, taddr at)
{
	if (at)
		js_put(o, key, js_hex(at));
}

const char *const html_birth_columns[] = { "l", "tid", "pid", "t", "by", "thread", "name", "kind", "via", "flags",
	"word", "ctid", "call", "proved", "frames", "at", "arg", "behind", "noat", "sig", "ptid", "was", NULL };
const char *const html_end_columns[] = { "l", "t", "name", "runs", "made", "end", "cpu", "wait", "turns", "low", "high",
	"sp", "source", "touched", "tls", "glow", "gbytes", "gname", "held", "joiner", "jafter", "vol", "inv", "nocpu",
	"notouched", "why", "gnone", "age", "bad", "gone", "least", "heldat", "unseen", "refused", "role", NULL };

/* ---- births ---- */

static void put_made(struct part *p, const struct ev_birth *b)
{
	if (b->kind == BIRTH_CALL || b->kind == BIRTH_UNTRACED)
		task_made_format(&p->b, b->args.flags, b->defects, b->go);
	else if (b->kind == BIRTH_PROGRAM)
		outbuf_puts(&p->b, "the program");
	else
		outbuf_printf(&p->b, "made %s", birth_origin(b->kind));
	put_word(p, "kind");
}

static void put_flags(struct part *p, const struct ev_birth *b)
{
	const struct call_clone *c = &b->args;
	enum flag_call call = c->via == VIA_CLONE3 ? ON_CLONE3 : ON_CLONE;

	if ((b->kind != BIRTH_CALL && b->kind != BIRTH_UNTRACED) || (b->defects & CALL_ARGS_DOUBTFUL))
		return;
	put_sentence(p, "via", via_word(c->via));
	for (unsigned bit = 8; bit < 64; bit++) {
		const struct clone_flag *row = c->flags & 1ULL << bit ? clone_flag_of(1ULL << bit, call) : NULL;
		if (row)
			outbuf_printf(&p->b, "%s%s", p->b.len ? " " : "", row->name);
	}
	put_word(p, "flags");
	outbuf_printf(&p->b, "0x%llx", (unsigned long long)c->flags);
	put_word(p, "word");
	if (c->exit_signal && signal_format(&p->b, (unsigned)c->exit_signal))
		put_word(p, "sig");
	if ((c->flags & CLONE_PARENT_SETTID_) && c->parent_tid != c->child_tid)
		put_address(p->o, "ptid", c->parent_tid);
	if (c->flags & CLONE_CHILD_CLEARTID_)
		put_address(p->o, "ctid", c->child_tid);
	put_number(p->o, "call", b->call_ns, b->call_ns);
}

static void put_proof(struct part *p, const struct ev_birth *b)
{
	for (unsigned i = 0; i < PROOF_KINDS; i++) {
		enum proof_answer a = b->facts.proof[i];
		if (a == PROOF_DIFFERENT || (a == PROOF_SAME && !proof_words[i].maybe_absent))
			outbuf_printf(&p->b, "%s%s %s", p->b.len ? ", " : "by kcmp: ", proof_words[i].name,
				a == PROOF_SAME ? "the same" : "different");
	}
	put_word(p, "proved");
}

static void put_frame(struct part *p, const char *key, const struct frame *f)
{
	frame_format(&p->b, f);
	put_word(p, key);
}

static void put_places(struct part *p, const struct ev_birth *b)
{
	const struct start_routine *st = b->start;

	for (size_t i = 0; b->bt && i < b->bt->n; i++) {
		if (i)
			outbuf_putc(&p->b, '\n');
		frame_format(&p->b, &b->bt->frame[i]);
	}
	put_word(p, "frames");
	if (!st || !st->known) {
		put_sentence(p, "noat", st ? st->unknown : NULL);
		return;
	}
	const struct frame *runs = start_runs(st, b->bt);
	put_frame(p, "at", runs);
	if (runs != &st->at)
		put_frame(p, "behind", &st->at);
	if (st->arg_known)
		js_put(p->o, "arg", js_hex(st->arg));
}

json_t *html_birth(struct words *words, const struct event *ev)
{
	const struct ev_birth *b = &ev->u.birth;
	const struct task *t = ev->task;
	struct part p;

	begin(&p, words);
	js_put(p.o, "l", js_number(t->label));
	js_put(p.o, "tid", json_integer(t->id.tid));
	js_put(p.o, "pid", json_integer(t->tgid));
	js_put(p.o, "t", js_number(ev->t_ns));
	if (b->creator)
		js_put(p.o, "by", js_number(b->creator->label));
	if (t->thread)
		js_put(p.o, "thread", js_number(1));
	if (b->kind == BIRTH_ATTACHED)
		js_put(p.o, "was", js_number(1));
	task_name_format(&p.b, t);
	put_word(&p, "name");
	put_made(&p, b);
	put_flags(&p, b);
	put_proof(&p, b);
	put_places(&p, b);
	return finish(&p);
}

/* ---- ends ---- */

/* Why there are no bounds. */
static const char *no_bounds(const struct stack_area *s)
{
	return s->kind == STACK_COPY      ? "a copy of its creator's, as the rest of its memory" :
		s->kind == STACK_CREATORS ? "its creator's own" :
		s->kind == STACK_NO_USER  ? "none: it never runs user code" :
		s->unknown                ? s->unknown :
		s->kind == STACK_HEAP     ? "in a heap of the program's" :
					    "not known";
}

static void put_stack(struct part *p, const struct task *t)
{
	const struct stack_area *s = &t->stack;

	put_address(p->o, "low", s->low);
	put_address(p->o, "high", s->high);
	put_address(p->o, "sp", s->sp);
	put_sentence(p, "source", s->source);
	if (!s->high)
		put_sentence(p, "why", no_bounds(s));
	put_number(p->o, "touched", s->touched_known, s->touched);
	if (!s->touched_known)
		put_sentence(p, "notouched", s->gone ? "what was touched is unknown: no longer mapped" : NULL);
	if (t->tls_known)
		put_address(p->o, "tls", t->tls);
	if (s->guard == GUARD_UNKNOWN || s->kind == STACK_NO_USER)
		return;
	put_address(p->o, "glow", s->guard_low);
	put_number(p->o, "gbytes", s->guard_bytes, s->guard_bytes);
	if (s->guard == GUARD_NONE)
		js_put(p->o, "gnone", js_number(1));
	put_sentence(p, "gname", guard_name(s->guard));
}

static void put_cpu(struct part *p, const struct ev_end *e)
{
	if (!e->cpu_known) {
		put_sentence(p, "nocpu", e->cpu_spared ? "not looked up for a life under 1 ms" : NULL);
		return;
	}
	put_number(p->o, "cpu", true, e->cpu_ns);
	put_number(p->o, "wait", true, e->wait_ns);
	if (e->wait_least)
		js_put(p->o, "least", js_number(1));
	put_number(p->o, "turns", true, e->turns);
	put_number(p->o, "vol", e->split_known, e->voluntary);
	put_number(p->o, "inv", e->split_known, e->involuntary);
}

static void put_times(struct part *p, const struct task *t, const struct ev_end *e)
{
	bool ended = end_is_known(t, e);

	if (e->before) {
		js_put(p->o, "t", js_number(t->t_born_ns));
		js_put(p->o, "gone", js_number(1));
	} else {
		put_number(p->o, "t", ended, task_ended_ns(t));
	}
	put_number(p->o, "age", ended && t->age_ns, t->age_ns); /* when thrtrace came */
}

static void put_role(struct part *p, const struct task *t)
{
	if (!t->role)
		return;
	role_label_format(&p->b, t->role);
	outbuf_printf(&p->b, ": %s; %s. Set by: %s. Told by ", t->role->what, role_ends_words(t->role->ends),
		t->role->setting);
	role_by_format(&p->b, t->role, t->start_in);
	put_word(p, "role");
}

json_t *html_end(struct words *words, const struct event *ev)
{
	const struct ev_end *e = &ev->u.end;
	const struct task *t = ev->task;
	struct part p;

	begin(&p, words);
	js_put(p.o, "l", js_number(t->label));
	put_times(&p, t, e);
	task_name_format(&p.b, t);
	put_word(&p, "name");
	task_runs_format(&p.b, t);
	put_word(&p, "runs");
	if (t->made_at.pc)
		put_frame(&p, "made", &t->made_at);
	task_end_format(&p.b, t);
	put_word(&p, "end");
	if (e->how == END_SIGNAL)
		js_put(p.o, "bad", js_number(1));
	put_cpu(&p, e);
	put_stack(&p, t);
	put_number(p.o, "held", e->robust_known && !e->robust_absent, e->robust_held);
	if (e->robust_held)
		put_address(p.o, "heldat", e->robust_first);
	if (!e->exit_stop_seen && e->how == END_SIGNAL)
		js_put(p.o, "unseen", js_number(1));
	put_number(p.o, "joiner", t->joined, t->joiner_label);
	put_number(p.o, "jafter", t->joined && t->join_after_ns, t->join_after_ns);
	if (t->start_refused)
		js_put(p.o, "refused", js_number(1));
	put_role(&p, t);
	return finish(&p);
}

/* ---- flags ---- */

json_t *html_flags(uint64_t flags)
{
	json_t *all = json_object();

	for (unsigned i = 0; i < 2 * 64; i++) { /* of clone, then those that clone3 alone has */
		enum flag_call call = i < 64 ? ON_CLONE : ON_CLONE3;
		uint64_t bit = 1ULL << i % 64;
		const struct clone_flag *row = i % 64 >= 8 && (flags & bit) ? clone_flag_of(bit, call) : NULL;
		if (!row || json_object_get(all, row->name))
			continue;
		json_t *o = json_object();
		js_put(o, "group", json_string(flag_group_name(row->group)));
		js_put(o, "set", json_string(row->set));
		js_put(o, "note", json_string(row->note));
		js_put(o, "source", json_string(row->source));
		js_put(all, row->name, o);
	}
	return all;
}

/* SPDX-License-Identifier: MIT */
/* The JSON of a birth: what was asked for, what became of it, where the stack lies. */
#include "sinks/json_birth.h"

#include <thrtrace/explain.h>
#include <thrtrace/proof.h>

#include "sinks/json_parts.h"
#include "sinks/words.h"
#include "text/json_arena.h"

static json_t *stack(const struct stack_area *s)
{
	json_t *o = json_object();

	js_put(o, "low", js_hex_or_null(s->low));
	js_put(o, "high", js_hex_or_null(s->high));
	if (s->high)
		js_put(o, "bytes", js_number(s->high - s->low));
	else
		js_unknown(o, "bytes",
			s->unknown                    ? s->unknown :
				s->kind == STACK_COPY ? "a copy of its creator's" :
							"not read");
	js_put(o, "source", js_string(s->source));
	js_put(o, "sp", js_hex_or_null(s->sp));
	js_put(o, "cached", s->again ? json_null() : json_boolean(s->kind == STACK_CACHED));
	return o;
}

static json_t *guard(const struct stack_area *s)
{
	json_t *o = json_object();

	if (s->guard == GUARD_UNKNOWN) {
		json_decref(o);
		return json_null();
	}
	js_put(o, "low", js_hex_or_null(s->guard_low));
	js_put(o, "bytes", js_number(s->guard_bytes));
	js_put(o, "kind", json_string(guard_word(s->guard)));
	return o;
}

json_t *js_flag_names(const struct call_clone *c)
{
	enum flag_call call = c->via == VIA_CLONE3 ? ON_CLONE3 : ON_CLONE;
	json_t *names = json_array();

	for (unsigned bit = 8; bit < 64; bit++) {
		const struct clone_flag *row = c->flags & 1ULL << bit ? clone_flag_of(1ULL << bit, call) : NULL;
		if (row)
			(void)!json_array_append_new(names, json_string(row->name));
	}
	return names;
}

static json_t *resources(uint64_t flags, enum share_state state)
{
	json_t *a = json_array();
	size_t n;
	const struct resource_row *rows = resource_rows(&n);

	for (size_t i = 0; i < n; i++)
		if (resource_share(i, flags).state == state)
			(void)!json_array_append_new(a, json_string(rows[i].key));
	return a;
}

static void release(struct js_word *w)
{
	json_decref(w->names);
	json_decref(w->shared);
	json_decref(w->copied);
	json_decref(w->fresh);
}

void js_words_release(struct js_words *all)
{
	for (size_t i = 0; i < ARRAY_SIZE(all->word); i++)
		release(&all->word[i]);
	for (size_t i = 0; i < ARRAY_SIZE(all->answer); i++)
		json_decref(all->answer[i]);
}

/* These never change: the lists of one word are the same in thousands of births. */
static const struct js_word *word_of(struct js_words *all, const struct call_clone *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(all->word); i++) {
		const struct js_word *w = &all->word[i];
		if (w->names && w->flags == c->flags && w->via == c->via)
			return w;
	}
	struct js_word *w = &all->word[all->next++ % ARRAY_SIZE(all->word)];
	release(w);
	js_lasting_begin();
	*w = (struct js_word){
		.flags = c->flags,
		.via = c->via,
		.names = js_flag_names(c),
		.shared = resources(c->flags, SHARE_SHARED),
		.copied = resources(c->flags, SHARE_COPIED),
		.fresh = resources(c->flags, SHARE_FRESH),
	};
	js_lasting_end();
	return w;
}

static json_t *answer(struct js_words *all, unsigned i)
{
	static const char *const answers[] = { "unknown", "same", "different", "unknown" };

	if (!all->answer[i]) {
		js_lasting_begin();
		all->answer[i] = json_string(answers[i]);
		js_lasting_end();
	}
	return json_incref(all->answer[i]);
}

static json_t *proof(const struct ev_birth *b, struct js_words *words)
{
	json_t *o = json_object();

	for (unsigned i = 0; i < PROOF_KINDS; i++) {
		/* kcmp answers "same" for two that have none: that proves nothing. */
		bool absent = proof_words[i].maybe_absent && b->facts.proof[i] == PROOF_SAME;
		js_put(o, proof_words[i].name, answer(words, absent ? PROOF_UNKNOWN : b->facts.proof[i]));
	}
	js_put(o, "tgid", answer(words, b->facts.tgid));
	for (unsigned i = 0; i < NS_KINDS; i++)
		js_put(o, ns_words[i].key, answer(words, b->facts.ns[i]));
	return o;
}

static void put_start_routine(json_t *o, const struct start_routine *st)
{
	if (!st || !st->known) {
		js_unknown(o, "start_routine", st && st->unknown ? st->unknown : "not looked for");
		js_put(o, "label", json_null());
		return;
	}
	json_t *at = js_frame(&st->at);
	js_put(at, "addr", js_hex(st->at.pc));
	js_put(at, "arg", st->arg_known ? js_hex(st->arg) : json_null());
	js_put(o, "start_routine", at);
	js_put(o, "label", js_string(st->label.pc ? st->label.symbol : st->at.symbol));
}

#define UNSEEN_CALL "observed: a birth is told without the call that made it"

static void put_clone_args(json_t *o, const struct ev_birth *b, struct js_words *words)
{
	const struct call_clone *c = &b->args;
	const struct js_word *word = word_of(words, c);
	json_t *sig = c->exit_signal ? js_signal((int)c->exit_signal) : NULL;

	js_put(o, "via", js_string(via_word(c->via)));
	if (b->defects & CALL_ARGS_DOUBTFUL)
		js_unknown(o, "args",
			b->defects & CALL_ARGS_UNREAD ? "the call's arguments could not be read" :
							"another thread changed them");
	js_put(o, "flags", json_incref(word->names));
	js_put(o, "flags_word", js_hex(c->flags));
	js_put(o, "exit_signal", sig ? sig : json_null());
	js_put(o, "shared", json_incref(word->shared));
	js_put(o, "copied", json_incref(word->copied));
	js_put(o, "fresh", json_incref(word->fresh));
	js_put(o, "child_tid_addr", js_hex_or_null(c->child_tid));
	js_put(o, "parent_tid_addr", js_hex_or_null(c->parent_tid));
	js_put(o, "clear_tid_addr", c->flags & CLONE_CHILD_CLEARTID_ ? js_hex(c->child_tid) : json_null());
	js_put(o, "pidfd", c->flags & CLONE_PIDFD_ ? js_hex(c->pidfd) : json_null());
	if (b->facts.pidfd_known)
		js_put(o, "pidfd_number", json_integer(b->facts.pidfd));
	json_t *tids = json_array();
	for (uint32_t i = 0; i < c->n_set_tid; i++)
		(void)!json_array_append_new(tids, json_integer(c->set_tids[i]));
	js_put(o, "set_tid", tids);
	js_put(o, "cgroup", c->flags & CLONE_INTO_CGROUP_ ? js_number(c->cgroup) : json_null());
	if (b->facts.cgroup)
		js_put(o, "cgroup_path", js_text(b->facts.cgroup, strlen(b->facts.cgroup)));
}

/* A task that was there before thrtrace: nobody saw the call that made it. */
static void put_attached(json_t *o, const struct event *ev)
{
	static const char *const lost[] = { "via", "flags", "flags_word", "exit_signal", "shared", "copied", "fresh",
		"child_tid_addr", "parent_tid_addr", "clear_tid_addr", "pidfd", "set_tid", "cgroup" };
	const struct attached_facts *a = ev->u.birth.attached;
	const char *asleep = a->not_stopped ? a->not_stopped : "it could not be read";

	for (size_t i = 0; i < ARRAY_SIZE(lost); i++)
		js_unknown(o, lost[i], "attached: its creation was not seen");
	js_put(o, "zombie", json_boolean(a->zombie));
	js_put(o, "tid_inside", ev->task->tid_inside ? json_integer(ev->task->tid_inside) : json_null());
	if (a->age_known)
		js_put(o, "age_ns", js_number(a->age_ns));
	else
		js_unknown(o, "age_ns", asleep);
	if (a->cpu_known)
		js_put(o, "cpu_ns", js_number(a->used.cpu_ns));
	else
		js_unknown(o, "cpu_ns", asleep);
	if (a->robust_known)
		js_put(o, "robust_list", js_hex_or_null(a->robust_head));
	else
		js_unknown(o, "robust_list", asleep);
	if (a->rseq_known)
		js_put(o, "rseq", js_hex_or_null(a->rseq));
	else
		js_unknown(o, "rseq", asleep);
	js_put(o, "stack_touched", ev->task->stack.touched_known ? js_number(ev->task->stack.touched) : json_null());
}

void json_put_birth(json_t *o, const struct event *ev, struct js_words *words)
{
	const struct ev_birth *b = &ev->u.birth;
	struct outbuf what;

	js_put(o, "kind", json_string(birth_word(b)));
	outbuf_init(&what, 256);
	if (b->kind == BIRTH_CALL || b->kind == BIRTH_UNTRACED)
		task_made_format(&what, b->args.flags, b->defects, b->go);
	else
		outbuf_puts(&what, birth_word(b));
	js_put(o, "what", js_taken(&what));
	js_put(o, "name", js_text(ev->task->comm, COMM_LEN));
	js_put(o, "parent", js_label_of(b->creator));
	js_put(o, "parent_tid", b->creator ? json_integer(b->creator->id.tid) : json_null());
	js_put(o, "followed", json_boolean(b->followed));
	if (b->attached)
		put_attached(o, ev);
	else if (b->kind == BIRTH_OBSERVED)
		js_unknown(o, "flags", UNSEEN_CALL);
	else
		put_clone_args(o, b, words);
	js_put(o, "stack", stack(&ev->task->stack));
	js_put(o, "guard", guard(&ev->task->stack));
	js_put(o, "tls", ev->task->tls_known ? js_hex(ev->task->tls) : json_null());
	put_start_routine(o, b->start);
	if (b->bt)
		js_put(o, "creator", js_frames(b->bt));
	else
		js_unknown(o, "creator",
			b->attached                       ? "attached: its creation was not seen" :
				b->kind == BIRTH_OBSERVED ? UNSEEN_CALL :
							    "no backtrace was taken");
	const struct frame *maker = b->bt ? backtrace_maker(b->bt) : NULL;
	js_put(o, "maker", maker ? json_integer(maker - b->bt->frame) : json_null());
	js_put(o, "proved", proof(b, words));
}

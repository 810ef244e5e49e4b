/* SPDX-License-Identifier: MIT */
#include <thrtrace/thread_page.h>

#include <string.h>

#include <thrtrace/abi.h>
#include <thrtrace/proof.h>
#include <thrtrace/tables.h>

#include "census/census_impl.h"
#include "text/fmt.h"
#include "text/json_values.h"

#define SIGNALS 64

struct writing {
	const struct thread_page *p;
	struct census one; /* of the thread alone */
	struct census_task copy;
	struct census_group sum;
	struct outbuf *out;
};

static void begin(struct writing *w, const struct thread_page *p, struct outbuf *out)
{
	w->p = p;
	w->out = out;
	w->copy = *p->t;
	w->one = *p->c;
	w->one.task = &w->copy;
	w->one.n = 1;
	w->sum = census_total(&w->one);
}

/* ---- text ---- */

static void key(struct outbuf *out, const char *name)
{
	outbuf_printf(out, "  %s", name);
	outbuf_pad(out, 15);
}

static void cell(struct writing *w, enum census_column col, const char *none)
{
	size_t before = w->out->len;

	census_cell(&w->one, &w->sum, col, w->out);
	if (w->out->len == before)
		outbuf_puts(w->out, none);
}

static const char *state_word(char state)
{
	static const struct {
		char letter;
		const char *word;
	} words[] = {
		{ 'R', "runs, or is ready to" },
		{ 'S', "sleeps; a signal wakes it" },
		{ 'D', "sleeps, and no signal wakes it" },
		{ 'T', "stopped by a signal" },
		{ 't', "stopped by a tracer" },
		{ 'Z', "has ended, and waits to be fetched" },
		{ 'X', "has ended" },
		{ 'I', "a kernel thread that idles" },
		{ 'P', "is parked by the kernel" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].letter == state)
			return words[i].word;
	return "not known";
}

static void put_lock(struct writing *w)
{
	const struct census_task *t = w->p->t, *owner = census_owner(w->p->c, t);

	if (t->lock.kind == WAIT_NONE)
		return;
	key(w->out, "lock");
	outbuf_printf(w->out, "at %#llx", (unsigned long long)t->lock.at);
	if (owner) {
		outbuf_printf(w->out, ", of %d ", owner->tid);
		quote_format(w->out, owner->comm, strnlen(owner->comm, COMM_LEN));
		if (owner->place[0])
			outbuf_printf(w->out, ", which waits in %s", owner->place);
	} else {
		outbuf_puts(w->out, ", whose owner is not known");
	}
	outbuf_puts(w->out, t->lock.timed ? "; the wait ends by itself\n" : "\n");
}

static void put_waits(struct writing *w)
{
	const struct census_task *t = w->p->t;
	const struct abi *abi = w->p->c->words64 ? abi_native() : NULL;

	key(w->out, "waits in");
	cell(w, COL_WAIT, t->state == 'R' ? "nothing: it runs" : "not known");
	if (t->wchan[0]) {
		outbuf_puts(w->out, ", in the kernel's ");
		plain_format(w->out, t->wchan);
	}
	if (t->asleep_known) {
		outbuf_puts(w->out, ", for at least ");
		cell(w, COL_ASLEEP, "");
	}
	outbuf_putc(w->out, '\n');
	put_lock(w);
	if (!t->call_known || t->nr < 0)
		return;
	const struct call call = { .id = abi ? call_by_nr(abi, (uint64_t)t->nr) : CALL_OTHER };
	key(w->out, "call");
	if (call.id != CALL_OTHER)
		outbuf_printf(w->out, "%s, ", call_name(&call));
	outbuf_printf(w->out, "number %lld, with %#llx, %#llx, %#llx\n", (long long)t->nr,
		(unsigned long long)t->arg[0], (unsigned long long)t->arg[1], (unsigned long long)t->arg[2]);
}

static void put_cpu(struct writing *w)
{
	const struct census_task *t = w->p->t;

	key(w->out, "ran");
	cell(w, COL_TIME, "not known");
	outbuf_puts(w->out, " since its birth; now ");
	cell(w, COL_CPU, "?");
	outbuf_puts(w->out, " % of a CPU, and ready for one for ");
	cell(w, COL_QUEUE, "?");
	outbuf_puts(w->out, " %\n");
	key(w->out, "switches");
	if (t->is.split)
		outbuf_printf(w->out, "%llu of itself, %llu not\n", (unsigned long long)t->is.voluntary,
			(unsigned long long)t->is.involuntary);
	else
		outbuf_puts(w->out, "not known\n");
	key(w->out, "scheduling");
	cell(w, COL_POLICY, "a policy that is not known");
	outbuf_printf(w->out, ", nice %d", t->nice);
	if (t->rt_priority)
		outbuf_printf(w->out, ", priority %d", t->rt_priority);
	outbuf_puts(w->out, "; may use CPUs ");
	cell(w, COL_AFFINITY, "not known");
	outbuf_printf(w->out, ", was on %d last\n", t->last_cpu);
}

static void put_stack(struct writing *w)
{
	const struct census_task *t = w->p->t;

	key(w->out, "stack");
	if (t->stack_known) {
		outbuf_printf(
			w->out, "%#llx-%#llx, ", (unsigned long long)t->stack_low, (unsigned long long)t->stack_high);
		size_format(w->out, t->reserved);
		outbuf_puts(w->out, " reserved, ");
		if (t->touched_known)
			size_format(w->out, t->touched);
		else
			outbuf_puts(w->out, "not known how much");
		outbuf_puts(w->out, " of it in memory\n");
	} else {
		outbuf_puts(w->out, "not known\n");
	}
	key(w->out, "guard");
	cell(w, COL_GUARD, "not known");
	if (t->guard_bytes) {
		outbuf_puts(w->out, ", ");
		size_format(w->out, t->guard_bytes);
		outbuf_puts(w->out, " below it");
	}
	outbuf_putc(w->out, '\n');
	key(w->out, "TLS");
	if (t->tp)
		outbuf_printf(w->out, "base at %#llx", (unsigned long long)t->tp);
	else
		outbuf_puts(w->out, "base not known: only a stop would tell it");
	if (t->robust_head)
		outbuf_printf(w->out, "; robust list at %#llx", (unsigned long long)t->robust_head);
	outbuf_putc(w->out, '\n');
}

static void put_set(struct outbuf *out, const char *name, uint64_t set)
{
	const char *sep = " ";

	outbuf_printf(out, "%s", name);
	if (set == ~0ULL || !set)
		outbuf_puts(out, set ? " all" : " none");
	for (unsigned sig = 1; sig <= SIGNALS && set && set != ~0ULL; sig++)
		if (set & 1ULL << (sig - 1)) {
			outbuf_puts(out, sep);
			signal_format(out, sig);
			sep = ", ";
		}
}

static void put_signals(const struct thread_facts *f, struct outbuf *out)
{
	static const char *const names[] = { "blocked", "pending", "of process", "ignored", "caught" };
	const uint64_t sets[] = { f->blocked, f->pending, f->pending_all, f->ignored, f->caught };

	key(out, "signals");
	if (!f->signals_known) {
		outbuf_puts(out, "not known\n");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (i)
			key(out, "");
		put_set(out, i == 2 ? "pending for its process" : names[i], sets[i]);
		outbuf_putc(out, '\n');
	}
}

static void put_place(const struct thread_facts *f, struct outbuf *out)
{
	bool any = false;

	key(out, "cgroup");
	plain_format(out, f->cgroup[0] ? f->cgroup : "not known");
	outbuf_putc(out, '\n');
	key(out, "namespaces");
	for (unsigned i = 0; i < NS_KINDS; i++)
		if (f->alike[i] == PROOF_DIFFERENT) {
			outbuf_printf(out, "%s%s", any ? ", " : "its own: ", ns_words[i].name);
			any = true;
		}
	outbuf_puts(out, any ? "; the others are its process's\n" : "its process's\n");
}

static void put_frames(const struct census_stack *s, struct outbuf *out)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++) {
		key(out, i ? "" : "frames");
		frame_format(out, &s->frame[i]);
		outbuf_puts(out, s->frame[i].signal ? " (a signal came here)\n" : "\n");
	}
	if (s->stopped) {
		key(out, s->n ? "" : "frames");
		outbuf_printf(out, "%s%s\n", s->n ? "no further: " : "not known: ", s->stopped);
	}
	if (s->held_ns) {
		key(out, "");
		outbuf_puts(out, "(it was kept from running for ");
		duration_format(out, s->held_ns);
		outbuf_puts(out, " to read them)\n");
	}
}

void thread_page_text(const struct thread_page *p, struct outbuf *out)
{
	struct writing w;

	begin(&w, p, out);
	outbuf_printf(out, "%d ", p->t->tid);
	quote_format(out, p->t->comm, strnlen(p->t->comm, COMM_LEN));
	outbuf_printf(out, ", %s of process %d ", p->t->tid == p->c->pid ? "the first thread" : "a thread", p->c->pid);
	quote_format(out, p->c->comm, strnlen(p->c->comm, COMM_LEN));
	if (p->t->tid_inside != p->t->tid)
		outbuf_printf(out, "; in its own pid namespace %d", p->t->tid_inside);
	outbuf_putc(out, '\n');
	key(out, "role");
	cell(&w, COL_ROLE, "not known");
	outbuf_putc(out, '\n');
	key(out, "starts in");
	cell(&w, COL_START, p->t->tid == p->c->pid ? "its program's entry, as each first thread" : "not known");
	outbuf_putc(out, '\n');
	key(out, "state");
	outbuf_printf(out, "%c: %s\n", p->t->state ? p->t->state : '?', state_word(p->t->state));
	put_waits(&w);
	put_cpu(&w);
	put_stack(&w);
	put_signals(p->facts, out);
	put_place(p->facts, out);
	put_frames(p->stack, out);
}

/* ---- JSON ---- */

static json_t *set_json(uint64_t set)
{
	json_t *a = json_array();

	for (unsigned sig = 1; sig <= SIGNALS; sig++) {
		struct outbuf b;
		if (!(set & 1ULL << (sig - 1)))
			continue;
		outbuf_init(&b, 64);
		signal_format(&b, sig);
		(void)!json_array_append_new(a, js_taken(&b));
	}
	return a;
}

static json_t *signals_json(const struct thread_facts *f)
{
	json_t *o;

	if (!f->signals_known)
		return json_null();
	o = json_object();
	js_put(o, "blocked", set_json(f->blocked));
	js_put(o, "pending", set_json(f->pending));
	js_put(o, "pending_for_process", set_json(f->pending_all));
	js_put(o, "ignored", set_json(f->ignored));
	js_put(o, "caught", set_json(f->caught));
	return o;
}

static json_t *namespaces_json(const struct thread_facts *f)
{
	json_t *o = json_object();

	for (unsigned i = 0; i < NS_KINDS; i++)
		js_put(o, ns_words[i].key, f->ns[i] ? js_number(f->ns[i]) : json_null());
	return o;
}

int thread_page_json(const struct thread_page *p, struct outbuf *out)
{
	const struct census_task *t = p->t;
	struct writing w;

	begin(&w, p, out);
	json_t *o = census_thread_json(&w.one, &w.sum, "thread_page");
	js_put(o, "tid_inside", json_integer(t->tid_inside));
	js_put(o, "stack_low", t->stack_known ? js_hex(t->stack_low) : json_null());
	js_put(o, "stack_high", t->stack_known ? js_hex(t->stack_high) : json_null());
	js_put(o, "guard_bytes", t->stack_known ? js_number(t->guard_bytes) : json_null());
	js_put(o, "tls", js_hex_or_null(t->tp));
	js_put(o, "robust_list", js_hex_or_null(t->robust_head));
	js_put(o, "signals", signals_json(p->facts));
	js_put(o, "cgroup", p->facts->cgroup[0] ? js_text(p->facts->cgroup, JS_TEXT_MAX) : json_null());
	js_put(o, "namespaces", namespaces_json(p->facts));
	js_put(o, "frames", p->stack ? census_frames_json(p->stack) : json_null());
	js_put(o, "frames_stopped", p->stack ? js_sentence(p->stack->stopped) : json_null());
	int err = js_write(o, out);
	outbuf_putc(out, '\n');
	return err;
}

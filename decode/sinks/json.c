/* SPDX-License-Identifier: MIT */
/*
 * JSON Lines: one object an event, with the keys promised in thrtrace-json(5). libjansson writes it, so escaping and
 * number formats are its own; text from the program is made valid UTF-8 first.
 */
#include <errno.h>
#include <string.h>

#include <thrtrace/findings.h>
#include <thrtrace/sink.h>
#include <thrtrace/fault.h>
#include <thrtrace/tables.h>
#include <thrtrace/verdict.h>

#include "sinks/json_birth.h"
#include "sinks/json_parts.h"
#include "sinks/words.h"
#include "text/json_arena.h"

#define SCHEMA 1

struct json_sink {
	struct sink s;
	struct js_words words;
};

static void put_task(json_t *o, const struct task *t)
{
	js_put(o, "task", js_label(t->label));
	js_put(o, "tid", json_integer(t->id.tid));
	js_put(o, "tgid", json_integer(t->tgid));
}

/* ---- calls ---- */

static json_t *call_args(const struct call *call)
{
	json_t *args = json_array();
	struct outbuf b;

	outbuf_init(&b, 1 << 16);
	for (unsigned i = 0; i < call_arg_count(call); i++) {
		json_t *arg = json_object();
		outbuf_clear(&b);
		call_arg_format(call, i, &b);
		js_put(arg, "name", json_string(call_arg_name(call, i)));
		js_put(arg, "value", js_hex(call_arg_value(call, i)));
		js_put(arg, "text", js_text(outbuf_str(&b), b.len));
		(void)!json_array_append_new(args, arg);
	}
	outbuf_release(&b);
	return args;
}

static void put_call(json_t *o, const struct event *ev)
{
	const struct ev_call *c = &ev->u.call;
	const struct call_row *row = call_row(c->call->id);
	bool failed = c->how == RESULT_SEEN && call_failed(c->result);

	js_put(o, "name", json_string(row ? call_name(c->call) : "?"));
	js_put(o, "args", call_args(c->call));
	if (ev->kind == EV_CALL_BEGIN)
		js_unknown(o, "ret", "the call has only begun");
	else if (c->how != RESULT_SEEN)
		js_unknown(o, "ret", c->how == RESULT_NEVER ? "the call does not return" : "not observed");
	else if (row && row->ret == RET_ADDR && !failed)
		js_put(o, "ret", js_hex((uint64_t)c->result));
	else
		js_put(o, "ret", json_integer(c->result));
	js_put(o, "errno", failed ? js_string(errno_name((int)-c->result)) : json_null());
	if (ev->kind == EV_CALL && c->took_ns)
		js_put(o, "took_ns", js_number(c->took_ns));
	else if (ev->kind == EV_CALL)
		js_unknown(o, "took_ns", "no stop at its return");
	if (c->injected)
		js_put(o, "injected", json_true());
	if (c->joins)
		js_put(o, end_wait_word(c->waits), js_label(c->joins->label));
	js_put(o, "note", ev->n_notes ? js_text(ev->note[0].text, 1024) : json_null());
}

/* ---- ends ---- */

static void put_end_of(json_t *o, const struct task *t, const struct ev_end *e)
{
	json_t *sig = e->how == END_SIGNAL ? js_signal(e->sig) : NULL;

	bool unknown = e->how == END_DETACHED && !t->followed; /* nobody has seen what became of it */
	js_put(o, "how", json_string(unknown ? "not_followed" : end_word(e->how)));
	js_put(o, "status",
		e->how == END_EXIT || e->how == END_EXIT_GROUP || e->status_known ? json_integer(e->status) :
										    json_null());
	js_put(o, "signal", sig ? sig : json_null());
	js_put(o, "stack_touched", t->stack.touched_known ? js_number(t->stack.touched) : json_null());
	js_put(o, "joined_by", t->joined ? js_label(t->joiner_label) : json_null());
	if (t->thread)
		js_put(o, "join", js_string(join_word(t)));
	if (t->start_refused)
		js_put(o, "start_refused", json_true());
}

static void put_role(json_t *o, const struct task *t)
{
	json_t *role = json_object();
	struct outbuf by;

	outbuf_init(&by, 1024);
	role_by_format(&by, t->role, t->start_in);
	js_put(role, "id", json_string(t->role->id));
	js_put(role, "runtime", json_string(t->role->runtime));
	js_put(role, "label", json_string(t->role->label));
	js_put(role, "by", js_taken(&by));
	js_put(o, "role", role);
}

/* The difference of two accounts: what an observer asks of one that was there before and is there after. */
static void put_window(json_t *o, const struct task *t)
{
	struct task_account used;

	if (!task_window(t, &used))
		return;
	json_t *window = json_object();
	js_put(window, "ns", js_number(task_ended_ns(t) - t->t_born_ns));
	js_put(window, "cpu_ns", js_number(used.cpu_ns));
	js_put(window, "wait_ns", js_number(used.wait_ns));
	js_put(window, "turns", js_number(used.turns));
	js_put(o, "window", window);
}

static json_t *scheduling(const struct sched_last *s)
{
	json_t *o = json_object();

	js_put(o, "policy", js_text(policy_word(s->policy), JS_TEXT_MAX));
	js_put(o, "nice", json_integer(s->nice));
	js_put(o, "priority", json_integer(s->rt_priority));
	js_put(o, "cpus", s->cpus[0] ? js_text(s->cpus, JS_TEXT_MAX) : json_null());
	js_put(o, "last_cpu", json_integer(s->last_cpu));
	return o;
}

static void put_process_end(json_t *o, const struct process_end *p)
{
	json_t *process = json_object(), *sig = p->sig ? js_signal(p->sig) : NULL;

	js_put(process, "status", p->sig ? json_null() : json_integer(p->status));
	js_put(process, "signal", sig ? sig : json_null());
	js_put(o, "process", process);
}

static void put_end(json_t *o, const struct event *ev)
{
	const struct ev_end *e = &ev->u.end;
	const struct task *t = ev->task;
	const char *why = e->how == END_DETACHED ? "not looked up where it lives on" : "not looked up for so few turns";

	put_end_of(o, t, e);
	js_put(o, "by", js_label_of(e->by));
	if (e->process.other)
		put_process_end(o, &e->process);
	js_put(o, "exit_stop", json_boolean(e->exit_stop_seen));
	if (e->before)
		js_unknown(o, "lived_ns", "it had ended before thrtrace attached");
	else
		js_put(o, "lived_ns", js_number(task_ended_ns(t) - t->t_born_ns + t->age_ns));
	if (e->cpu_known) {
		js_put(o, "cpu_ns", js_number(e->cpu_ns));
		js_put(o, "wait_ns", js_number(e->wait_ns));
		if (e->wait_least)
			js_put(o, "wait_least", json_true());
		js_put(o, "turns", js_number(e->turns));
	} else {
		why = e->exit_stop_seen        ? "not read" :
			e->observed            ? "observed: nothing stopped to be asked" :
			e->how == END_DETACHED ? "detached: it lives on" :
			e->before              ? "it had ended before thrtrace attached" :
						 "killed without an exit stop";
		if (e->cpu_spared)
			why = "not looked up for a life under 1 ms";
		js_unknown(o, "cpu_ns", why);
		js_unknown(o, "wait_ns", why);
		js_unknown(o, "turns", why);
	}
	if (e->split_known) {
		js_put(o, "voluntary", js_number(e->voluntary));
		js_put(o, "involuntary", js_number(e->involuntary));
	} else {
		js_unknown(o, "voluntary", why);
		js_unknown(o, "involuntary", why);
	}
	if (e->sched.known)
		js_put(o, "scheduling", scheduling(&e->sched));
	json_t *held = json_array();
	if (e->robust_held)
		(void)!json_array_append_new(held, js_hex(e->robust_first));
	js_put(o, "robust_held", held);
	if (e->robust_word)
		js_put(o, "robust_word", js_hex(e->robust_word));
	if (e->robust_symbol)
		js_put(o, "robust_symbol", js_string(e->robust_symbol));
	js_put(o, "robust_count", e->robust_known ? js_number(e->robust_held) : json_null());
	js_put(o, "robust_list", e->robust_known ? json_boolean(!e->robust_absent) : json_null());
	js_put(o, "rseq", e->rseq_known ? js_hex_or_null(e->rseq) : json_null());
	js_put(o, "joined_after_ns", t->joined ? js_number(t->join_after_ns) : json_null());
	if (t->role)
		put_role(o, t);
	put_window(o, t);
}

/* ---- the rest ---- */

static void put_start(json_t *o, const struct event *ev)
{
	const struct ev_start *st = &ev->u.start;
	json_t *list = json_array();

	js_put(o, "schema", json_integer(SCHEMA));
	js_put(o, "version", json_string(st->version));
	for (size_t i = 0; st->argv && st->argv[i]; i++)
		(void)!json_array_append_new(list, js_text(st->argv[i], CALL_PATH_MAX));
	for (size_t i = 0; !st->argv && i < st->n_attached; i++)
		(void)!json_array_append_new(list, json_integer(st->attached[i]));
	js_put(o, st->argv ? "argv" : "attached", list);
	if (!st->argv)
		js_put(o, "threads", js_number(st->n_threads));
	js_put(o, "wall_ns", js_number(st->wall_ns));
	js_put(o, "kernel", json_string(st->kernel));
	js_put(o, "arch", json_string(st->arch));
	js_put(o, "libc", js_string(st->libc));
	js_put(o, "mode", json_string(st->mode));
	js_put(o, "features", json_string(st->features));
}

static void put_signal(json_t *o, const struct event *ev)
{
	const struct ev_signal *s = &ev->u.signal;
	json_t *sig = js_signal(s->sig);

	js_put(o, "signal", sig ? sig : json_integer(s->sig));
	if (ev->kind != EV_SIGNAL)
		return;
	js_put(o, "code", js_si_code(s));
	js_put(o, "addr", s->fault ? js_hex(s->addr) : json_null());
	js_put(o, "sender", s->sender ? json_integer(s->sender) : json_null());
	if (s->sender)
		js_put(o, "sender_name", s->sender_comm ? js_text(s->sender_comm, COMM_LEN) : json_null());
	js_put(o, "fatal", json_boolean(s->fatal));
	js_put(o, "verdict", s->verdict && s->verdict->text[0] ? json_string(s->verdict->text) : json_null());
	js_put(o, "frames", s->bt ? js_frames(s->bt) : json_null());
}

static json_t *creators(const struct model *m)
{
	json_t *list = json_array();
	for (const struct creation *c = model_next_creation(m, NULL); c; c = model_next_creation(m, c)) {
		json_t *row = json_object();
		js_put(row, "made", js_number(c->made));
		js_put(row, "peak", js_number(c->peak));
		js_put(row, "first_ns", js_number(c->first_ns));
		js_put(row, "last_ns", js_number(c->last_ns));
		js_put(row, "stack_bytes", js_number(c->stack_bytes));
		js_put(row, "created_in", c->made_at.pc ? js_frame(&c->made_at) : json_null());
		js_put(row, "starts_in", c->start.pc ? js_frame(&c->start) : json_null());
		(void)!json_array_append_new(list, row);
	}
	return list;
}

static void put_summary(json_t *o, const struct event *ev, const struct model *m)
{
	struct model_counts c = model_counts(m);
	json_t *rows = json_array();

	js_put(o, "births", js_number(c.births));
	js_put(o, "ends", js_number(c.ends));
	js_put(o, "peak", js_number(c.peak));
	for (const struct task *t = model_next(m, 0); t; t = model_next(m, t->id.serial)) {
		json_t *row = json_object();
		put_task(row, t);
		js_put(row, "name", js_text(t->comm, COMM_LEN));
		js_put(row, "created_by", t->creator ? js_label(t->creator_label) : json_null());
		js_put(row, "stack_bytes", t->stack.high ? js_number(t->stack.high - t->stack.low) : json_null());
		js_put(row, "guard_bytes",
			t->stack.guard == GUARD_UNKNOWN ? json_null() : js_number(t->stack.guard_bytes));
		put_end_of(row, t, &t->end);
		(void)!json_array_append_new(rows, row);
	}
	js_put(o, "threads", rows);
	js_put(o, "creators", creators(m));
	js_put(o, "stops", js_number(ev->u.summary.stops));
	js_put(o, "findings", js_number(ev->u.summary.findings));
	if (ev->u.summary.known)
		js_put(o, "known", js_number(ev->u.summary.known));
	if (ev->u.summary.ignored)
		js_put(o, "ignored", js_number(ev->u.summary.ignored));
	js_put(o, "exit_status",
		ev->u.summary.exit_status >= 0 ? json_integer(ev->u.summary.exit_status) : json_null());
	js_put(o, "exit_signal", ev->u.summary.exit_signal ? json_integer(ev->u.summary.exit_signal) : json_null());
}

static void put_exec(json_t *o, const struct ev_exec *x)
{
	js_put(o, "path", js_string(x->path));
	js_put(o, "name", js_string(x->comm));
	js_put(o, "former_tid", json_integer(x->former_tid));
	js_put(o, "libc", js_string(x->libc));
	js_put(o, "setid_lost", json_boolean(x->setid_lost));
}

static const char *const names[EV_KINDS] = {
	[EV_START] = "start",
	[EV_BIRTH] = "birth",
	[EV_CALL_BEGIN] = "call_begin",
	[EV_CALL] = "call",
	[EV_EXEC] = "exec",
	[EV_NAMED] = "name",
	[EV_SIGNAL] = "signal",
	[EV_STOPPED] = "stopped",
	[EV_CONTINUED] = "continued",
	[EV_JOIN] = "join",
	[EV_EXITING] = "exiting",
	[EV_LEADER_EXIT] = "leader_exit",
	[EV_END] = "end",
	[EV_LOST] = "lost",
	[EV_SUMMARY] = "summary",
};

static void fill(struct json_sink *s, json_t *o, const struct event *ev, const struct model *m)
{
	switch (ev->kind) {
	case EV_START:
		put_start(o, ev);
		break;
	case EV_BIRTH:
		json_put_birth(o, ev, &s->words);
		break;
	case EV_CALL_BEGIN:
	case EV_CALL:
		put_call(o, ev);
		break;
	case EV_EXEC:
		put_exec(o, &ev->u.exec);
		break;
	case EV_NAMED:
		js_put(o, "name", js_text(ev->u.named.comm, COMM_LEN));
		js_put(o, "by", js_label_of(ev->u.named.by));
		break;
	case EV_SIGNAL:
	case EV_STOPPED:
		put_signal(o, ev);
		break;
	case EV_JOIN:
		js_put(o, "joined", js_label(ev->u.join.joined->label));
		js_put(o, "slept", json_boolean(!ev->u.join.over));
		js_put(o, "waited_ns", js_number(ev->u.join.waited_ns));
		break;
	case EV_END:
		put_end(o, ev);
		break;
	case EV_LOST:
		js_put(o, "events", js_number(ev->u.lost.events));
		break;
	case EV_SUMMARY:
		put_summary(o, ev, m);
		break;
	case EV_LEADER_EXIT:
		js_put(o, "status", json_integer(ev->u.end.status));
		break;
	case EV_CONTINUED:
	case EV_NOTED:
	case EV_EXITING:
	case EV_ODDITY: /* its findings are all that is told */
	case EV_KINDS:
		break;
	}
}

/* The summary is a trace's last line: its findings stand before it, those of any other event behind. */
static bool is_last(const struct event *ev)
{
	return ev->kind == EV_SUMMARY;
}

static uint64_t line_seq(const struct event *ev)
{
	return is_last(ev) ? ev->seq + ev->n_findings : ev->seq;
}

static json_t *begin(const char *name, const struct event *ev)
{
	json_t *o = json_object();

	if (!o)
		return NULL;
	js_put(o, "event", json_string(name));
	js_put(o, "t_ns", js_number(ev->t_ns));
	js_put(o, "seq", js_number(line_seq(ev)));
	if (ev->task)
		put_task(o, ev->task);
	return o;
}

/* Writes the object as a line, and frees it. */
static int finish(json_t *o, struct outbuf *out)
{
	int err = js_write(o, out);

	outbuf_putc(out, '\n');
	return err;
}

/* A name is told as one, too, whoever gave it and however: readers need not know prctl. */
static int name_event(const struct event *ev, struct outbuf *out)
{
	json_t *o = begin("name", ev);

	js_put(o, "name", js_text(ev->task->comm, COMM_LEN));
	if (ev->kind == EV_END)
		js_unknown(o, "by",
			ev->u.end.prctl_seen ? "by no prctl of its own: written to /proc, or inherited" :
					       "no call was seen: it has the name at its end");
	else
		js_put(o, "by", js_label(ev->task->label));
	return finish(o, out);
}

static json_t *limits(const struct failure_facts *f)
{
	json_t *a = json_array();

	for (size_t i = 0; f && i < f->n_limits; i++) {
		const struct limit *l = &f->limits[i];
		json_t *o = json_object();
		js_put(o, "name", json_string(limit_name(l->id)));
		js_put(o, "scope", js_text(l->scope, sizeof(l->scope)));
		if (l->current_known)
			js_put(o, "current", js_number(l->current));
		else
			js_unknown(o, "current", l->unknown[0] ? l->unknown : "not read");
		js_put(o, "max", l->max_known && l->max != LIMIT_NONE ? js_number(l->max) : json_null());
		js_put(o, "hit", json_boolean(l->hit));
		(void)!json_array_append_new(a, o);
	}
	return a;
}

/* A failed call with its verdict. */
static int failed_event(const struct event *ev, struct outbuf *out)
{
	const struct ev_call *c = &ev->u.call;
	const struct call_row *row = call_row(c->call->id);
	bool creates = row && (row->traits & CALL_CREATES);
	json_t *o = begin("failed", ev);

	js_put(o, "via", json_string(row ? row->name : "?"));
	if (creates) {
		js_put(o, "flags", js_flag_names(&c->call->u.clone));
		js_put(o, "flags_word", js_hex(c->call->u.clone.flags));
	}
	js_put(o, "errno", js_string(errno_name((int)-c->result)));
	js_put(o, "rule", js_string(c->verdict->rule));
	js_put(o, "certain", json_boolean(c->verdict->certain));
	js_put(o, "why", json_string(c->verdict->why));
	js_put(o, "repair", c->verdict->repair[0] ? json_string(c->verdict->repair) : json_null());
	js_put(o, "limits", limits(c->limits));
	return finish(o, out);
}

/* The event's i-th finding: a line of its own, with its own number. */
static int finding_event(const struct event *ev, size_t i, struct outbuf *out)
{
	const struct finding *f = &ev->finding[i];
	json_t *o = json_object();

	js_put(o, "event", json_string("finding"));
	js_put(o, "t_ns", js_number(ev->t_ns));
	js_put(o, "seq", js_number(is_last(ev) ? ev->seq + i : ev->seq + 1 + i));
	if (f->task)
		put_task(o, f->task);
	js_put(o, "id", json_string(f->row->id));
	js_put(o, "severity", json_string(severity_word(f->row->severity)));
	js_put(o, "text", js_text(f->text, strlen(f->text)));
	js_put(o, "repair", json_string(finding_repair(f)));
	js_put(o, "fingerprint", js_fingerprint(f));
	if (f->standing == FINDING_KNOWN)
		js_put(o, "known", json_true());
	js_put(o, "of", ev->kind == EV_ODDITY ? json_null() : js_number(line_seq(ev)));
	return finish(o, out);
}

static int findings(const struct event *ev, struct outbuf *out)
{
	int err = 0;

	for (size_t i = 0; !err && i < ev->n_findings; i++)
		err = finding_event(ev, i, out);
	return err;
}

static int event_line(struct json_sink *s, const struct event *ev, const struct model *m, struct outbuf *out)
{
	json_t *o = begin(names[ev->kind], ev);

	if (!o)
		return -ENOMEM;
	fill(s, o, ev, m);
	return finish(o, out);
}

static int lines(struct json_sink *s, const struct event *ev, const struct model *m, struct outbuf *out)
{
	int err = is_last(ev) ? findings(ev, out) : 0;

	if (!err && js_is_name(ev) && ev->kind == EV_END) /* whose end is the last that is told of it */
		err = name_event(ev, out);
	if (!err && ev->kind != EV_ODDITY)
		err = event_line(s, ev, m, out);
	if (!err && ev->kind == EV_CALL && ev->u.call.verdict)
		err = failed_event(ev, out);
	if (!err && js_is_name(ev) && ev->kind != EV_END)
		err = name_event(ev, out);
	return err || is_last(ev) ? err : findings(ev, out);
}

static int json_event(struct sink *s, const struct event *ev, const struct model *m, struct outbuf *out)
{
	js_arena_begin();
	int err = lines((struct json_sink *)s, ev, m, out);
	js_arena_end();
	return err;
}

static void json_release(struct sink *s)
{
	js_words_release(&((struct json_sink *)s)->words);
	js_arena_release();
}

const struct sink_ops sink_json = {
	.name = "json",
	.help = "for programs: JSON Lines, see thrtrace-json(5)",
	.size = sizeof(struct json_sink),
	.event = json_event,
	.release = json_release,
};

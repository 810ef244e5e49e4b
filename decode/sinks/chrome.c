/* SPDX-License-Identifier: MIT */
/*
 * A timeline, in the Trace Event Format (its JSON Array Format) that Perfetto and chrome://tracing read. Each task
 * has a track; the task's life is a slice on that, and its calls are slices within the life. Arrows lead from a
 * creator to the tasks that it made, and from an end to the task that waited for it.
 *
 * A track's "tid" is the task's number in order of birth, for the kernel's are reused; its name tells the real one. The
 * closing bracket is optional in the format: what was written of a trace that was cut short can be read, too.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <thrtrace/explain.h>
#include <thrtrace/fault.h>
#include <thrtrace/findings.h>
#include <thrtrace/sink.h>
#include <thrtrace/tables.h>
#include <thrtrace/verdict.h>

#include "sinks/json_parts.h"
#include "sinks/room.h"
#include "sinks/words.h"

struct chrome {
	struct sink s;
	bool begun;  /* a row was written */
	pid_t first; /* the process that counts for all */
	/* Bytes of stacks: of all that live, and of each of them, by label. */
	uint64_t reserved;
	uint64_t *of_label;
	size_t n_labels;
};

/* ---- rows ---- */

static double us(uint64_t ns)
{
	return (double)ns / 1000;
}

/* A row of kind ph on the track of t; cat: what a viewer may choose by. */
static json_t *row(const char *ph, const char *cat, const struct task *t, json_t *name)
{
	json_t *o = json_object();

	js_put(o, "ph", json_string(ph));
	js_put(o, "pid", json_integer(t->tgid));
	js_put(o, "tid", js_number(t->id.serial));
	js_put(o, "cat", json_string(cat));
	js_put(o, "name", name);
	return o;
}

static json_t *row_at(const char *ph, const char *cat, const struct task *t, json_t *name, uint64_t t_ns)
{
	json_t *o = row(ph, cat, t, name);

	js_put(o, "ts", json_real(us(t_ns)));
	return o;
}

/* A row for an event without a duration, on t's track; takes name and args over. */
static json_t *instant(const struct event *ev, const char *cat, const struct task *t, json_t *name, json_t *args)
{
	json_t *o = row_at("i", cat, t, name, ev->t_ns);

	js_put(o, "s", json_string("t"));
	js_put(o, "args", args);
	return o;
}

static int write_row(struct chrome *c, json_t *o, struct outbuf *out)
{
	outbuf_puts(out, c->begun ? ",\n" : "[\n");
	c->begun = true;
	return js_write(o, out);
}

static int write_name(struct chrome *c, const char *what, const struct task *t, json_t *name, struct outbuf *out)
{
	json_t *o = row("M", "__metadata", t, json_string(what)), *args = json_object();

	js_put(args, "name", name);
	js_put(o, "args", args);
	return write_row(c, o, out);
}

static int write_track_name(struct chrome *c, const struct task *t, struct outbuf *out)
{
	struct outbuf name;

	outbuf_init(&name, 128);
	outbuf_printf(&name, "T%u ", t->label);
	outbuf_put(&name, t->comm, strnlen(t->comm, sizeof(t->comm)));
	outbuf_printf(&name, " (tid %d)", t->id.tid);
	return write_name(c, "thread_name", t, js_taken(&name), out);
}

static int write_process_name(struct chrome *c, const struct task *t, struct outbuf *out)
{
	return write_name(c, "process_name", t, js_text(t->comm, sizeof(t->comm)), out);
}

/* Where an arrow begins, or ends: on the task's track, within a slice of it. */
struct arrow_end {
	const struct task *task;
	uint64_t t_ns;
};

/* An arrow from one track to another. The id is that of the task that is born, or ends. */
static int write_arrow(
	struct chrome *c, const char *what, uint32_t id, const struct arrow_end end[2], struct outbuf *out)
{
	for (int i = 0; i < 2; i++) {
		json_t *o = row_at(i ? "f" : "s", what, end[i].task, json_string(what), end[i].t_ns);
		js_put(o, "id", js_number(id));
		if (i)
			js_put(o, "bp", json_string("e"));
		int err = write_row(c, o, out);
		if (err)
			return err;
	}
	return 0;
}

/* A counter's new value; takes args over. */
static int write_counter(struct chrome *c, const struct event *ev, const char *of, json_t *args, struct outbuf *out)
{
	json_t *o = json_object();

	js_put(o, "ph", json_string("C"));
	js_put(o, "pid", json_integer(c->first));
	js_put(o, "cat", json_string("counter"));
	js_put(o, "name", json_string(of));
	js_put(o, "ts", json_real(us(ev->t_ns)));
	js_put(o, "args", args);
	return write_row(c, o, out);
}

static int write_count(struct chrome *c, const struct event *ev, const struct model *m, struct outbuf *out)
{
	json_t *args = json_object();

	js_put(args, "alive", js_number(model_counts(m).live));
	return write_counter(c, ev, "tasks alive", args, out);
}

/*
 * What is reserved for its stack alone: the first thread's grows until a limit, a vfork's is its creator's, and pieces
 * of a runtime's heap have no bounds that are known.
 */
static uint64_t stack_bytes(const struct task *t)
{
	enum stack_kind kind = t->stack.kind;
	/* Of one of which no mapping could be read clone3 may have told the bounds. */
	bool own = kind == STACK_OWN_MAPPING || kind == STACK_CACHED || kind == STACK_CALLER || kind == STACK_UNKNOWN;

	return own && t->followed && t->stack.high ? t->stack.high - t->stack.low : 0;
}

/* Has this task count with so many bytes. */
static int write_stacks(struct chrome *c, const struct event *ev, uint64_t bytes, struct outbuf *out)
{
	uint32_t label = ev->task->label;

	uint64_t before = label < c->n_labels ? c->of_label[label] : 0;
	if (before == bytes)
		return 0;
	uint64_t *of_label = room_for(c->of_label, &c->n_labels, sizeof(*of_label), label);
	if (!of_label)
		return -ENOMEM;
	c->of_label = of_label;
	c->of_label[label] = bytes;
	c->reserved += bytes - before;
	json_t *args = json_object();
	js_put(args, "reserved", js_number(c->reserved));
	return write_counter(c, ev, "stack bytes", args, out);
}

/* ---- births and ends ---- */

static json_t *place(const struct frame *f)
{
	struct outbuf b;

	outbuf_init(&b, 1024);
	frame_format(&b, f);
	return js_taken(&b);
}

static json_t *made(const struct ev_birth *b)
{
	struct outbuf what;

	outbuf_init(&what, 256);
	if (b->kind == BIRTH_CALL || b->kind == BIRTH_UNTRACED)
		task_made_format(&what, b->args.flags, b->defects, b->go);
	else
		outbuf_puts(&what, birth_origin(b->kind));
	return js_taken(&what);
}

static json_t *birth_args(const struct event *ev)
{
	const struct ev_birth *b = &ev->u.birth;
	const struct task *t = ev->task;
	json_t *args = json_object();

	js_put(args, "tid", json_integer(t->id.tid));
	js_put(args, "made", made(b));
	if (b->creator)
		js_put(args, "created_by", js_label(b->creator->label));
	if (t->made_at.pc)
		js_put(args, "created_in", place(&t->made_at));
	if (t->stack.high) {
		js_put(args, "stack", js_hex(t->stack.low));
		js_put(args, "stack_bytes", js_number(t->stack.high - t->stack.low));
	}
	if (t->stack.guard_bytes)
		js_put(args, "guard_bytes", js_number(t->stack.guard_bytes));
	if (t->tls_known)
		js_put(args, "tls", js_hex(t->tls));
	if (t->age_ns)
		js_put(args, "age_ns", js_number(t->age_ns));
	return args;
}

/* A life is called by what runs in it. */
static json_t *life_name(const struct task *t)
{
	return t->at.pc ? place(&t->at) : js_text(t->comm, sizeof(t->comm));
}

static int write_birth(struct chrome *c, const struct event *ev, const struct model *m, struct outbuf *out)
{
	const struct task *t = ev->task;
	int err = 0;

	if (!c->first)
		c->first = t->tgid;
	if (!t->group || t->group->total == 1)
		err = write_process_name(c, t, out);
	if (!err)
		err = write_track_name(c, t, out);
	if (err)
		return err;
	json_t *life;
	if (t->followed) {
		life = row_at("B", "life", t, life_name(t), ev->t_ns);
		js_put(life, "args", birth_args(ev));
	} else {
		life = instant(ev, "life", ev->task, life_name(t), birth_args(ev));
	}
	err = write_row(c, life, out);
	const struct task *creator = ev->u.birth.creator;
	uint64_t within = ev->u.birth.call_ns > 1 ? 1 : 0; /* the slice of the call that made it, which is over now */
	const struct arrow_end creates[2] = { { creator, ev->t_ns - within }, { t, ev->t_ns } };
	bool gone = creator && creator->t_exit_ns && creator->t_exit_ns < ev->t_ns; /* when t was found */
	if (!err && creator && !gone)
		err = write_arrow(c, "creates", t->id.serial, creates, out);
	if (!err)
		err = write_count(c, ev, m, out);
	return err ? err : write_stacks(c, ev, stack_bytes(t), out);
}

static int write_end(struct chrome *c, const struct event *ev, const struct model *m, struct outbuf *out)
{
	const struct ev_end *e = &ev->u.end;
	const struct task *t = ev->task;
	int err = t->named || js_is_name(ev) ? write_track_name(c, t, out) :
					       0; /* it may have been named from elsewhere */

	if (!err && t->followed) {
		json_t *o = row_at("E", "life", t, json_string("life"), task_ended_ns(t)), *args = json_object();
		struct outbuf how;
		outbuf_init(&how, 256);
		end_format(&how, e, t->end_by_label);
		js_put(args, "end", js_taken(&how));
		if (t->stack.touched_known)
			js_put(args, "stack_touched", js_number(t->stack.touched));
		if (e->cpu_known) {
			js_put(args, "cpu_ns", js_number(e->cpu_ns));
			js_put(args, "wait_ns", js_number(e->wait_ns));
		}
		if (t->joined)
			js_put(args, "joined_by", js_label(t->joiner_label));
		js_put(o, "args", args);
		err = write_row(c, o, out);
	}
	if (!err)
		err = write_count(c, ev, m, out);
	return err ? err : write_stacks(c, ev, 0, out);
}

/* The ended one's slice is over at its exit: the arrow leaves it right before. */
static int write_join(struct chrome *c, const struct event *ev, struct outbuf *out)
{
	const struct task *joined = ev->u.join.joined;
	const struct arrow_end joins[2] = { { joined, joined->t_exit_ns - 1 }, { ev->task, ev->t_ns } };

	if (joined->t_exit_ns <= joined->t_born_ns)
		return 0;
	return write_arrow(c, "joins", joined->id.serial, joins, out);
}

/* ---- calls and the rest ---- */

static json_t *call_args(const struct event *ev)
{
	const struct ev_call *c = &ev->u.call;
	const struct call_row *called = call_row(c->call->id);
	json_t *args = json_object();
	struct outbuf b;

	outbuf_init(&b, 1 << 16);
	for (unsigned i = 0; i < call_arg_count(c->call); i++) {
		outbuf_clear(&b);
		call_arg_format(c->call, i, &b);
		js_put(args, call_arg_name(c->call, i), js_text(outbuf_str(&b), b.len));
	}
	outbuf_release(&b);
	if (c->how == RESULT_SEEN && call_failed(c->result))
		js_put(args, "errno", js_text(errno_name((int)-c->result), CALL_PATH_MAX));
	else if (c->how == RESULT_SEEN && called && called->ret == RET_ADDR)
		js_put(args, "returns", js_hex((uint64_t)c->result));
	else if (c->how == RESULT_SEEN)
		js_put(args, "returns", json_integer(c->result));
	if (c->verdict)
		js_put(args, "why", json_string(c->verdict->why));
	if (ev->n_notes)
		js_put(args, "note", js_text(ev->note[0].text, 1024));
	return args;
}

static int write_call(struct chrome *c, const struct event *ev, struct outbuf *out)
{
	const struct ev_call *call = &ev->u.call;
	const char *name = call_name(call->call);
	char join[32];

	if (call->joins) {
		snprintf(join, sizeof(join), "%s T%u", end_wait_word(call->waits), call->joins->label);
		name = join;
	}
	json_t *o;
	if (call->took_ns && call->took_ns <= ev->t_ns) { /* the event is of its end */
		o = row_at("X", "call", ev->task, json_string(name ? name : "?"), ev->t_ns - call->took_ns);
		js_put(o, "dur", json_real(us(call->took_ns)));
		js_put(o, "args", call_args(ev));
	} else {
		o = instant(ev, "call", ev->task, json_string(name ? name : "?"), call_args(ev));
	}
	int err = write_row(c, o, out);
	return !err && js_is_name(ev) ? write_track_name(c, ev->task, out) : err;
}

static json_t *signal_args(const struct ev_signal *s)
{
	json_t *args = json_object();

	if (s->info_known)
		js_put(args, "code", js_si_code(s));
	if (s->fault)
		js_put(args, "addr", js_hex(s->addr));
	if (s->sender)
		js_put(args, "sender", json_integer(s->sender));
	js_put(args, "fatal", json_boolean(s->fatal));
	if (s->verdict && s->verdict->text[0])
		js_put(args, "verdict", json_string(s->verdict->text));
	return args;
}

static int write_signal(struct chrome *c, const struct event *ev, struct outbuf *out)
{
	const struct ev_signal *s = &ev->u.signal;
	json_t *name = js_signal(s->sig);

	return write_row(c,
		instant(ev, "signal", ev->task, name ? name : json_sprintf("signal %d", s->sig), signal_args(s)), out);
}

/* A row that is a name and nothing more. */
static int write_mark(struct chrome *c, const struct event *ev, const char *name, struct outbuf *out)
{
	return write_row(c, instant(ev, "process", ev->task, json_string(name), json_object()), out);
}

static int write_exec(struct chrome *c, const struct event *ev, struct outbuf *out)
{
	json_t *args = json_object();

	js_put(args, "path", ev->u.exec.path ? js_text(ev->u.exec.path, CALL_PATH_MAX) : json_null());
	int err = write_row(c, instant(ev, "process", ev->task, json_string("execve"), args), out);
	if (!err)
		err = write_process_name(c, ev->task, out);
	if (!err)
		err = write_track_name(c, ev->task, out);
	return err ? err :
		     write_stacks(c, ev, stack_bytes(ev->task), out); /* a thread's own is gone with its program */
}

static int write_named(struct chrome *c, const struct event *ev, struct outbuf *out)
{
	int err = ev->task->thread ? 0 : write_process_name(c, ev->task, out);

	return err ? err : write_track_name(c, ev->task, out);
}

static int write_event(struct chrome *c, const struct event *ev, const struct model *m, struct outbuf *out)
{
	switch (ev->kind) {
	case EV_BIRTH:
		return write_birth(c, ev, m, out);
	case EV_CALL:
		return write_call(c, ev, out);
	case EV_EXEC:
		return write_exec(c, ev, out);
	case EV_NAMED:
		return write_named(c, ev, out);
	case EV_SIGNAL:
		return write_signal(c, ev, out);
	case EV_STOPPED:
		return write_mark(c, ev, "group-stop", out);
	case EV_CONTINUED:
		return write_mark(c, ev, "continues", out);
	case EV_JOIN:
		return write_join(c, ev, out);
	case EV_LEADER_EXIT:
		return write_mark(c, ev, "the first thread exits", out);
	case EV_END:
		return write_end(c, ev, m, out);
	case EV_START:
	case EV_CALL_BEGIN:
	case EV_EXITING:
	case EV_ODDITY:
	case EV_NOTED:
	case EV_LOST: /* it has no place on a track */
	case EV_SUMMARY:
	case EV_KINDS:
		break;
	}
	return 0;
}

/* A mark on the track of whom it is about; of nobody in particular, one across all tracks. */
static int write_finding(
	struct chrome *c, const struct event *ev, const struct finding *f, const struct task *first, struct outbuf *out)
{
	const struct task *t = f->task ? f->task : first;
	json_t *args = json_object();

	if (!t)
		return 0;
	js_put(args, "why", js_text(f->text, strlen(f->text)));
	js_put(args, "repair", json_string(finding_repair(f)));
	json_t *o = instant(ev, "finding", t, json_sprintf("!! %s", f->row->id), args);
	if (!f->task)
		js_put(o, "s", json_string("g"));
	return write_row(c, o, out);
}

static int chrome_event(struct sink *s, const struct event *ev, const struct model *m, struct outbuf *out)
{
	struct chrome *c = (struct chrome *)s;
	int err = write_event(c, ev, m, out);

	for (size_t i = 0; !err && i < ev->n_findings; i++)
		err = write_finding(c, ev, &ev->finding[i], model_next(m, 0), out);
	if (!err && ev->kind == EV_SUMMARY)
		outbuf_puts(out, c->begun ? "\n]\n" : "[]\n");
	return err;
}

static void chrome_release(struct sink *s)
{
	free(((struct chrome *)s)->of_label);
}

const struct sink_ops sink_chrome = {
	.name = "chrome",
	.help = "a timeline: a track for each task, for ui.perfetto.dev and chrome://tracing",
	.document = true,
	.size = sizeof(struct chrome),
	.event = chrome_event,
	.release = chrome_release,
};

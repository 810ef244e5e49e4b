/* SPDX-License-Identifier: MIT */
/*
 * The table of ends, for spreadsheets and databases: a header, and a row a task, in the order in which they ended. What
 * is unknown is an empty field. Written row by row, so a task may be long forgotten when the trace is over.
 */
#include <inttypes.h>

#include <thrtrace/sink.h>
#include <thrtrace/tables.h>

#include "sinks/words.h"
#include "text/fmt.h"

struct csv {
	struct sink s;
	bool headed;
};

/* ---- fields: each appends one, or nothing ---- */

typedef void field_of(const struct task *t, const struct ev_end *e, struct outbuf *b);

static void number(struct outbuf *b, bool known, uint64_t v)
{
	if (known)
		outbuf_printf(b, "%" PRIu64, v);
}

static void label(struct outbuf *b, bool known, uint32_t v)
{
	if (known)
		outbuf_printf(b, "T%" PRIu32, v);
}

static void of_task(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	(void)e;
	label(b, true, t->label);
}

static void of_tid(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	(void)e;
	outbuf_printf(b, "%d", t->id.tid);
}

static void of_pid(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	(void)e;
	outbuf_printf(b, "%d", t->tgid);
}

static void of_name(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	(void)e;
	task_name_format(b, t);
}

static void of_kind(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	const struct ev_birth birth = { .kind = t->birth, .args = t->born };
	(void)e;

	outbuf_puts(b, birth_word(&birth));
}

static void of_creator(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	(void)e;
	label(b, t->creator, t->creator_label);
}

static void of_created_in(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	(void)e;
	if (t->made_at.pc)
		frame_format(b, &t->made_at);
}

static void of_starts_in(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	(void)e;
	if (t->at.pc)
		frame_format(b, &t->at);
}

static void of_born(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	(void)e;
	number(b, t->birth != BIRTH_ATTACHED, t->t_born_ns);
}

static void of_ended(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	number(b, end_is_known(t, e), task_ended_ns(t));
}

static void of_lived(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	bool age_known = t->birth != BIRTH_ATTACHED || t->age_ns;

	number(b, end_is_known(t, e) && age_known, task_ended_ns(t) - t->t_born_ns + t->age_ns);
}

static void of_cpu(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	(void)t;
	number(b, e->cpu_known, e->cpu_ns);
}

static void of_wait(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	(void)t;
	number(b, e->cpu_known && !e->wait_least, e->wait_ns);
}

static void of_turns(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	(void)t;
	number(b, e->cpu_known, e->turns);
}

static void of_voluntary(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	(void)t;
	number(b, e->split_known, e->voluntary);
}

static void of_involuntary(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	(void)t;
	number(b, e->split_known, e->involuntary);
}

static void of_stack(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	(void)e;
	number(b, t->stack.high, t->stack.high - t->stack.low);
}

static void of_touched(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	(void)e;
	number(b, t->stack.touched_known, t->stack.touched);
}

static void of_guard(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	(void)e;
	if (t->stack.guard != GUARD_UNKNOWN && t->stack.kind != STACK_NO_USER)
		outbuf_puts(b, guard_word(t->stack.guard));
}

static void of_guard_bytes(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	bool known = t->stack.guard_bytes || t->stack.guard == GUARD_NONE;
	(void)e;

	number(b, known && t->stack.kind != STACK_NO_USER, t->stack.guard_bytes);
}

static void of_end(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	bool unknown = e->how == END_DETACHED && !t->followed; /* nobody has seen what became of it */

	outbuf_puts(b, unknown ? "not_followed" : end_word(e->how));
}

static void of_status(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	(void)t;
	if (e->how == END_EXIT || e->how == END_EXIT_GROUP || e->status_known)
		outbuf_printf(b, "%d", e->status);
}

static void of_signal(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	(void)t;
	if (e->how == END_SIGNAL && !signal_format(b, (unsigned)e->sig))
		outbuf_printf(b, "%d", e->sig);
}

static void of_joiner(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	(void)e;
	label(b, t->joined, t->joiner_label);
}

static void of_robust(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	(void)t;
	number(b, e->robust_known, e->robust_held);
}

static void signed_number(struct outbuf *b, bool known, int v)
{
	if (known)
		outbuf_printf(b, "%d", v);
}

static void of_policy(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	(void)t;
	if (e->sched.known)
		outbuf_puts(b, policy_word(e->sched.policy));
}

static void of_nice(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	(void)t;
	signed_number(b, e->sched.known, e->sched.nice);
}

static void of_rt_priority(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	(void)t;
	signed_number(b, e->sched.known, e->sched.rt_priority);
}

static void of_cpus(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	(void)t;
	outbuf_puts(b, e->sched.cpus);
}

static void of_last_cpu(const struct task *t, const struct ev_end *e, struct outbuf *b)
{
	(void)t;
	signed_number(b, e->sched.known, e->sched.last_cpu);
}

/* A column's name ends in its unit. */
static const struct {
	const char *name;
	field_of *put;
} columns[] = {
	{ "task", of_task },
	{ "tid", of_tid },
	{ "pid", of_pid },
	{ "name", of_name },
	{ "kind", of_kind },
	{ "creator", of_creator },
	{ "created_in", of_created_in },
	{ "starts_in", of_starts_in },
	{ "born_ns", of_born },
	{ "ended_ns", of_ended },
	{ "lived_ns", of_lived },
	{ "cpu_ns", of_cpu },
	{ "wait_ns", of_wait },
	{ "turns", of_turns },
	{ "voluntary", of_voluntary },
	{ "involuntary", of_involuntary },
	{ "stack_bytes", of_stack },
	{ "touched_bytes", of_touched },
	{ "guard", of_guard },
	{ "guard_bytes", of_guard_bytes },
	{ "end", of_end },
	{ "status", of_status },
	{ "signal", of_signal },
	{ "joined_by", of_joiner },
	{ "robust_held", of_robust },
	{ "policy", of_policy },
	{ "nice", of_nice },
	{ "rt_priority", of_rt_priority },
	{ "cpus", of_cpus },
	{ "last_cpu", of_last_cpu },
};

/* ---- lines ---- */

static void header(struct csv *c, struct outbuf *out)
{
	for (size_t i = 0; !c->headed && i < ARRAY_SIZE(columns); i++)
		outbuf_printf(out, "%s%s", i ? "," : "", columns[i].name);
	if (!c->headed)
		outbuf_putc(out, '\n');
	c->headed = true;
}

static int csv_event(struct sink *s, const struct event *ev, const struct model *m, struct outbuf *out)
{
	struct outbuf b;
	(void)m;

	if (ev->kind != EV_END && ev->kind != EV_SUMMARY)
		return 0;
	header((struct csv *)s, out);
	if (ev->kind == EV_SUMMARY)
		return 0;
	outbuf_init(&b, 8192);
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		outbuf_clear(&b);
		columns[i].put(ev->task, &ev->u.end, &b);
		outbuf_puts(out, i ? "," : "");
		csv_format(out, outbuf_str(&b));
	}
	outbuf_putc(out, '\n');
	int err = outbuf_status(&b);
	outbuf_release(&b);
	return err;
}

const struct sink_ops sink_csv = {
	.name = "csv",
	.help = "the table of ends, a row a task: for spreadsheets and databases",
	.size = sizeof(struct csv),
	.event = csv_event,
};

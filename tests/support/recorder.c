/* SPDX-License-Identifier: MIT */
#include "recorder.h"

#include <stdarg.h>
#include <stdio.h>

#include <thrtrace/findings.h>
#include <thrtrace/tables.h>

enum { UNBORN, ALIVE, ENDED, LEFT };

static void broken(struct recorder *r, const char *fmt, ...) THR_PRINTF(2, 3);
static void broken(struct recorder *r, const char *fmt, ...)
{
	va_list ap;

	if (r->broken[0])
		return;
	va_start(ap, fmt);
	vsnprintf(r->broken, sizeof(r->broken), fmt, ap);
	va_end(ap);
}

static void birth_line(const struct event *ev, struct outbuf *out)
{
	static const char *const kinds[] = {
		[BIRTH_PROGRAM] = "program",
		[BIRTH_CALL] = "",
		[BIRTH_ATTACHED] = "attached ",
		[BIRTH_ADOPTED] = "adopted ",
		[BIRTH_UNTRACED] = "untraced ",
		[BIRTH_OBSERVED] = "observed ",
		[BIRTH_IO_WORKER] = "io-worker ",
	};
	const struct ev_birth *b = &ev->u.birth;

	outbuf_printf(out, "birth %s", kinds[b->kind]);
	if (b->kind == BIRTH_PROGRAM)
		return;
	outbuf_puts(out, ev->task->thread ? "thread" : "process");
	if (b->creator)
		outbuf_printf(out, " by T%u%s", b->creator->label, b->creator_guessed ? "?" : "");
	if (!b->followed)
		outbuf_puts(out, ", left");
}

static void end_line(const struct ev_end *e, struct outbuf *out)
{
	switch (e->how) {
	case END_EXIT:
		outbuf_printf(out, "end exit(%d)", e->status);
		break;
	case END_EXIT_GROUP:
		outbuf_printf(out, "end exit_group(%d)", e->status);
		break;
	case END_SIGNAL:
		outbuf_printf(out, "end signal %d", e->sig);
		break;
	case END_EXEC:
		outbuf_puts(out, "end execve");
		break;
	case END_DETACHED:
		outbuf_puts(out, "end detached");
		break;
	case END_WITH_OWNER:
		outbuf_puts(out, "end with owner");
		break;
	case END_OBSERVED:
		outbuf_puts(out, "end observed");
		if (e->status_known)
			outbuf_printf(out, ", status %d", e->status);
		break;
	case END_UNSEEN:
		outbuf_puts(out, "end unseen");
		break;
	}
	if (e->by)
		outbuf_printf(out, " by T%u", e->by->label);
	else if (e->by_other)
		outbuf_puts(out, " by another");
	if (!e->exit_stop_seen)
		outbuf_puts(out, ", no exit stop");
}

static void call_line(const struct event *ev, struct outbuf *out)
{
	const struct ev_call *c = &ev->u.call;
	const struct call_row *row = call_row(c->call->id);

	outbuf_printf(out, "%s %s", ev->kind == EV_CALL ? "call" : "begin", row ? row->name : "?");
	static const char *const waits[] = {
		[WAITS_TO_JOIN] = "joins",
		[WAITS_TO_DETACH] = "detaches",
		[WAITS_TO_CREATE] = "can't create",
		[WAITS_EITHER] = "joins or detaches",
	};

	if (c->joins)
		outbuf_printf(out, " %s T%u", waits[c->waits], c->joins->label);
	if (ev->kind != EV_CALL)
		return;
	if (c->how == RESULT_NEVER)
		outbuf_puts(out, " = never");
	else if (c->how == RESULT_NOT_SEEN)
		outbuf_puts(out, " = unseen");
	else if (c->result >= RECORDER_TIDS)
		outbuf_printf(out, " = +%lld", (long long)c->result - RECORDER_TIDS);
	else
		outbuf_printf(out, " = %lld", (long long)c->result);
	if (c->altstack_rival)
		outbuf_printf(out, ", as T%u", c->altstack_rival->label);
}

static void line(const struct event *ev, struct outbuf *out)
{
	if (ev->task)
		outbuf_printf(out, "T%u ", ev->task->label);
	switch (ev->kind) {
	case EV_START:
		outbuf_puts(out, "start");
		break;
	case EV_BIRTH:
		birth_line(ev, out);
		break;
	case EV_CALL_BEGIN:
	case EV_CALL:
		call_line(ev, out);
		break;
	case EV_EXEC:
		outbuf_puts(out, "exec");
		if (ev->u.exec.former_tid != ev->task->id.tid)
			outbuf_puts(out, ", had another tid");
		break;
	case EV_NAMED:
		outbuf_printf(out, "named %s", ev->u.named.comm);
		break;
	case EV_SIGNAL:
		outbuf_printf(out, "signal %d%s", ev->u.signal.sig, ev->u.signal.fatal ? " fatal" : "");
		break;
	case EV_STOPPED:
		outbuf_printf(out, "stopped %d", ev->u.signal.sig);
		break;
	case EV_CONTINUED:
		outbuf_puts(out, "continued");
		break;
	case EV_JOIN:
		outbuf_printf(out, "joined T%u%s", ev->u.join.joined->label, ev->u.join.over ? " without a wait" : "");
		break;
	case EV_LEADER_EXIT:
		outbuf_printf(out, "leader exit(%d)", ev->u.end.status);
		break;
	case EV_END:
		end_line(&ev->u.end, out);
		break;
	case EV_ODDITY:
		outbuf_printf(out, "finding %s", ev->n_findings ? ev->finding->row->id : "none");
		break;
	case EV_NOTED:
	case EV_LOST:
	case EV_SUMMARY:
	case EV_EXITING:
	case EV_KINDS:
		outbuf_puts(out, "summary");
		break;
	}
	outbuf_putc(out, '\n');
}

static void check(struct recorder *r, const struct event *ev)
{
	if (ev->seq != ++r->seq)
		broken(r, "event %llu has the number %llu", (unsigned long long)r->seq, (unsigned long long)ev->seq);
	r->seq += ev->n_findings;
	if (!ev->task)
		return;
	uint32_t n = ev->task->label;
	if (n >= RECORDER_TASKS) {
		broken(r, "more than %d tasks", RECORDER_TASKS);
		return;
	}
	if (ev->kind == EV_BIRTH && r->state[n] != UNBORN)
		broken(r, "T%u is born twice", n);
	if (ev->kind != EV_BIRTH && r->state[n] == UNBORN)
		broken(r, "the first event of T%u is no birth", n);
	if (ev->kind != EV_BIRTH && ev->kind != EV_ODDITY && r->state[n] == LEFT)
		broken(r, "an event of T%u, which is not followed", n);
	if (r->state[n] == ENDED)
		broken(r, "an event of T%u after its end", n);
	if (ev->kind == EV_BIRTH)
		r->state[n] = ev->u.birth.followed ? ALIVE : LEFT;
	if (ev->kind == EV_END)
		r->state[n] = ENDED;
}

static int record(struct sink *s, const struct event *ev, const struct model *m, struct outbuf *out)
{
	struct recorder *r = (struct recorder *)s;
	(void)m;
	(void)out;

	check(r, ev);
	/* Other findings than oddities are left out: the newborns of a script have no real stacks. */
	line(ev, &r->story);
	return outbuf_status(&r->story);
}

static const struct sink_ops ops = { .name = "recorder", .size = sizeof(struct recorder), .event = record };

void recorder_init(struct recorder *r)
{
	*r = (struct recorder){ .s.ops = &ops };
	outbuf_init(&r->story, 1 << 20);
}

void recorder_release(struct recorder *r)
{
	outbuf_release(&r->story);
}

void recorder_finish(struct recorder *r)
{
	for (unsigned n = 0; n < RECORDER_TASKS; n++)
		if (r->state[n] == ALIVE)
			broken(r, "T%u has no end", n);
}

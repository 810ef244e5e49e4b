/* SPDX-License-Identifier: MIT */
/* The text view: a line a call, its meaning under it, a block for each birth and end, a table when all is over. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <thrtrace/annotate.h>
#include <thrtrace/explain_page.h>
#include <thrtrace/findings.h>
#include <thrtrace/tables.h>

#include "sinks/ink.h"
#include "sinks/text_attached.h"
#include "sinks/text_birth.h"
#include "sinks/text_end.h"
#include "sinks/text_table.h"
#include "sinks/text_window.h"
#include "sinks/fold.h"

struct text_sink {
	struct sink s;
	bool seen[NOTE_IDS];       /* explanations that were shown once */
	bool role_told[ROLES_MAX]; /* what such a thread is for, likewise */
	struct outbuf open;        /* a blocked call's line, held until something else is to be said or its end comes */
	struct outbuf open_notes;
	uint32_t open_serial;    /* whose it is; 0 none */
	struct chain_text chain; /* of the last birth */
	uint32_t detached;       /* let go at the end: they live on */
	struct there_rows there; /* of threads that were there before; title: the last thing written was one */
	uint64_t last_t_ns;
	uint64_t wall0_ns; /* wall clock at the trace's start */
	bool blank;        /* the last thing written was an empty line */
};

static struct text_sink *self(struct sink *s)
{
	return (struct text_sink *)s;
}

static void stamp(struct text_sink *ts, uint64_t t_ns, struct outbuf *out)
{
	uint64_t delta = t_ns > ts->last_t_ns ? t_ns - ts->last_t_ns : 0;
	uint64_t wall = ts->wall0_ns + t_ns, day = wall / 1000000000U % 86400;

	switch (ts->s.config.time) {
	case TIME_NONE:
		return;
	case TIME_RELATIVE:
		outbuf_printf(out, "%6llu.%06llu ", (unsigned long long)(delta / 1000000000U),
			(unsigned long long)(delta / 1000 % 1000000));
		break;
	case TIME_SINCE_START:
		outbuf_printf(out, "%6llu.%06llu ", (unsigned long long)(t_ns / 1000000000U),
			(unsigned long long)(t_ns / 1000 % 1000000));
		break;
	case TIME_WALL:
		outbuf_printf(out, "%02llu:%02llu:%02llu.%06llu ", (unsigned long long)(day / 3600),
			(unsigned long long)(day / 60 % 60), (unsigned long long)(day % 60),
			(unsigned long long)(wall / 1000 % 1000000));
		break;
	case TIME_EPOCH:
		outbuf_printf(out, "%llu.%06llu ", (unsigned long long)(wall / 1000000000U),
			(unsigned long long)(wall / 1000 % 1000000));
		break;
	}
	ts->last_t_ns = t_ns;
}

static void prefix(struct text_sink *ts, const struct event *ev, struct outbuf *out)
{
	stamp(ts, ev->t_ns, out);
	ink(&ts->s, out, INK_BOLD);
	outbuf_printf(out, "T%u", ev->task->label);
	ink(&ts->s, out, INK_OFF);
	outbuf_printf(out, " %d  ", ev->task->id.tid);
}

#define NOTE_INDENT "         "

/* The text with each of its lines behind the mark. */
static void note_lines(struct text_sink *ts, const char *text, bool finding, struct outbuf *out)
{
	const char *at = text, *mark = finding ? "!! " : "| ";

	while (*at) {
		size_t len = strcspn(at, "\n");
		outbuf_puts(out, NOTE_INDENT);
		ink(&ts->s, out, finding ? INK_FINDING : INK_DIM);
		outbuf_puts(out, mark);
		outbuf_put(out, at, len);
		ink(&ts->s, out, INK_OFF);
		outbuf_putc(out, '\n');
		mark = finding ? "   " : "| ";
		at += len;
		at += *at == '\n';
	}
}

static void notes(struct text_sink *ts, const struct event *ev, struct outbuf *out)
{
	for (size_t i = 0; i < ev->n_notes; i++) {
		const struct note *n = &ev->note[i];
		if (ts->s.config.notes == NOTES_NONE)
			continue;
		if (ts->s.config.notes == NOTES_FIRST && n->id) {
			if (ts->seen[n->id % NOTE_IDS])
				continue;
			ts->seen[n->id % NOTE_IDS] = true;
			ts->s.told = ts->seen;
		}
		note_lines(ts, n->text, false, out);
	}
}

/* A call's verdict is in sentences, its task stands on the line above; what its row advises in general is left out. */
static void finding_of_call(const struct finding *f, struct outbuf *line)
{
	outbuf_puts(line, f->text);
	if (f->repair)
		outbuf_printf(line, " %s", f->repair);
	if (f->also)
		outbuf_printf(line, " %s", f->also);
}

static void finding_of_signal(const struct finding *f, struct outbuf *line)
{
	outbuf_printf(line, "T%u: %s.", f->task->label, f->text);
	if (f->repair)
		outbuf_printf(line, " To repair: %s.", f->repair);
}

static void finding_of_any(const struct finding *f, struct outbuf *line)
{
	if (f->task)
		outbuf_printf(line, "T%u: ", f->task->label);
	outbuf_printf(line, "%s. To repair: %s", f->text, finding_repair(f));
}

/* What is wrong, but for what has its place in the event's own block. */
static void findings(struct text_sink *ts, const struct event *ev, struct outbuf *out)
{
	bool of_call = ev->kind == EV_CALL || ev->kind == EV_CALL_BEGIN;
	struct outbuf line;

	outbuf_init(&line, 1 << 14);
	for (size_t i = 0; i < ev->n_findings; i++) {
		const struct finding *f = &ev->finding[i];
		if (f->row->place == FINDING_IN_BLOCK)
			continue;
		outbuf_clear(&line);
		if (of_call)
			finding_of_call(f, &line);
		else if (ev->kind == EV_SIGNAL)
			finding_of_signal(f, &line);
		else
			finding_of_any(f, &line);
		note_lines(ts, outbuf_str(&line), true, out);
		ts->blank = false;
	}
	outbuf_release(&line);
}

/* Writes the held line as one whose call still sleeps. */
static void close_open(struct text_sink *ts, struct outbuf *out)
{
	if (!ts->open_serial)
		return;
	outbuf_put(out, outbuf_str(&ts->open), ts->open.len);
	outbuf_puts(out, " ...\n");
	outbuf_put(out, outbuf_str(&ts->open_notes), ts->open_notes.len);
	ts->open_serial = 0;
}

static void on_call_begin(struct text_sink *ts, const struct event *ev)
{
	if (ts->open.max == 0) {
		outbuf_init(&ts->open, 1 << 16);
		outbuf_init(&ts->open_notes, 1 << 16);
	}
	outbuf_clear(&ts->open);
	outbuf_clear(&ts->open_notes);
	prefix(ts, ev, &ts->open);
	call_format(ev->u.call.call, &ts->open);
	notes(ts, ev, &ts->open_notes);
	findings(ts, ev, &ts->open_notes);
	ts->open_serial = ev->task->id.serial;
}

static void result(struct text_sink *ts, const struct event *ev, struct outbuf *out)
{
	const struct ev_call *c = &ev->u.call;

	outbuf_puts(out, " = ");
	if (c->how == RESULT_SEEN)
		call_result_format(c->call, c->result, out);
	else
		outbuf_puts(out, c->how == RESULT_NEVER ? "?" : "? (not observed)");
	if (c->injected)
		outbuf_puts(out, " (INJECTED)");
	if (ts->s.config.durations && c->how == RESULT_SEEN && c->took_ns)
		outbuf_printf(out, " <%llu.%06llu>", (unsigned long long)(c->took_ns / 1000000000U),
			(unsigned long long)(c->took_ns / 1000 % 1000000));
}

static void on_call(struct text_sink *ts, const struct event *ev, struct outbuf *out)
{
	const struct ev_call *c = &ev->u.call;

	if (c->resumed && ts->open_serial == ev->task->id.serial) { /* nothing was said in between: one line */
		outbuf_put(out, outbuf_str(&ts->open), ts->open.len);
		result(ts, ev, out);
		outbuf_putc(out, '\n');
		outbuf_put(out, outbuf_str(&ts->open_notes), ts->open_notes.len);
		ts->open_serial = 0;
		notes(ts, ev, out);
		findings(ts, ev, out);
		return;
	}
	close_open(ts, out);
	prefix(ts, ev, out);
	if (c->resumed) {
		const char *name = call_name(c->call);
		outbuf_printf(out, "%s(0x%llx, ...)", name ? name : "call", (unsigned long long)c->call->arg[0]);
	} else {
		call_format(c->call, out);
	}
	result(ts, ev, out);
	uint64_t since_ns = c->took_ns ? c->took_ns : c->asleep_ns;
	if (c->resumed && since_ns) {
		outbuf_puts(out, ", begun ");
		duration_format(out, since_ns);
		outbuf_puts(out, " ago");
	}
	outbuf_putc(out, '\n');
	notes(ts, ev, out);
	findings(ts, ev, out);
}

static void on_start(struct text_sink *ts, const struct event *ev, struct outbuf *out)
{
	const struct ev_start *st = &ev->u.start;

	ts->wall0_ns = st->wall_ns - ev->t_ns;
	outbuf_printf(out, "thrtrace %s: %s ", st->version, st->argv ? "following" : "attached to");
	if (st->argv && st->argv[0]) {
		plain_format(out, strrchr(st->argv[0], '/') ? strrchr(st->argv[0], '/') + 1 : st->argv[0]);
		outbuf_putc(out, ' ');
	}
	if (st->comm) {
		plain_format(out, st->comm);
		outbuf_putc(out, ' ');
	}
	if (st->n_attached == 1)
		outbuf_printf(out, "(pid %d", st->attached[0]);
	else
		outbuf_printf(out, "%zu processes (", st->n_attached);
	if (!st->argv)
		outbuf_printf(out, "%s%zu thread%s", st->n_attached == 1 ? ", " : "", st->n_threads,
			st->n_threads == 1 ? "" : "s");
	outbuf_putc(out, ')');
	outbuf_printf(out, " on Linux %s %s", st->kernel, st->arch);
	if (st->libc)
		outbuf_printf(out, ", %s", st->libc);
	if (!st->argv && strcmp(st->mode, "all") == 0)
		outbuf_puts(out, ", every call stops");
	else if (!st->argv)
		outbuf_printf(out, ", %s mode", st->mode);
	outbuf_putc(out, '\n');
}

static void on_exec(struct text_sink *ts, const struct event *ev, struct outbuf *out)
{
	const struct ev_exec *x = &ev->u.exec;

	stamp(ts, ev->t_ns, out);
	outbuf_printf(out, "== T%u (pid %d) runs ", ev->task->label, ev->task->id.tid);
	const char *name = x->path ? x->path : ev->task->comm;
	quote_format(out, name, strlen(name));
	if (!x->path)
		outbuf_puts(out, " (its file was not seen)");
	if (x->libc)
		outbuf_printf(out, ", %s", x->libc);
	outbuf_puts(out, ": a new address space, no other threads; descriptors without O_CLOEXEC are kept\n");
	if (x->former_tid != ev->task->id.tid)
		outbuf_printf(out,
			"   it was tid %d: execve by another thread than the first takes over the process's own "
			"number\n",
			x->former_tid);
	const struct finding *lost = finding_of(ev, "setid-lost");
	if (!lost)
		return;
	outbuf_puts(out, "!! ");
	wrap_format(out, lost->text, 3, 110);
	outbuf_putc(out, '\n');
}

static void on_named(struct text_sink *ts, const struct event *ev, struct outbuf *out)
{
	const struct ev_named *n = &ev->u.named;

	prefix(ts, ev, out);
	outbuf_puts(out, "is named \"");
	plain_format(out, n->comm);
	outbuf_puts(out, "\"");
	if (n->by && n->by != ev->task)
		outbuf_printf(out, " by T%u", n->by->label);
	outbuf_putc(out, '\n');
}

static void on_signal(struct text_sink *ts, const struct event *ev, struct outbuf *out)
{
	const struct ev_signal *sg = &ev->u.signal;
	const char *code = sg->info_known ? si_code_name(sg->sig, sg->code) : NULL;

	prefix(ts, ev, out);
	outbuf_puts(out, "--- ");
	if (!signal_format(out, (unsigned)sg->sig))
		outbuf_printf(out, "signal %d", sg->sig);
	outbuf_puts(out, " {");
	if (code)
		outbuf_printf(out, "si_code=%s", code);
	else if (sg->info_known)
		outbuf_printf(out, "si_code=%d", sg->code);
	if (sg->fault)
		outbuf_printf(out, ", si_addr=0x%llx", (unsigned long long)sg->addr);
	if (sg->sender)
		outbuf_printf(out, ", si_pid=%d", sg->sender);
	if (sg->sender_comm) {
		outbuf_puts(out, " (");
		plain_format(out, sg->sender_comm);
		outbuf_putc(out, ')');
	}
	outbuf_puts(out, "} ---\n");
	findings(ts, ev, out);
	notes(ts, ev, out);
}

static void on_group(struct text_sink *ts, const struct event *ev, struct outbuf *out)
{
	stamp(ts, ev->t_ns, out);
	if (ev->kind == EV_CONTINUED) {
		outbuf_printf(out, "-- process %d goes on\n", ev->task->tgid);
		return;
	}
	outbuf_printf(out, "-- process %d is stopped by ", ev->task->tgid);
	signal_format(out, (unsigned)ev->u.signal.sig);
	outbuf_puts(out, ": all of its threads, until SIGCONT\n");
}

static void on_join(struct text_sink *ts, const struct event *ev, struct outbuf *out)
{
	const struct ev_join *j = &ev->u.join;

	if (ts->s.config.notes == NOTES_NONE)
		return;
	outbuf_puts(out, NOTE_INDENT);
	ink(&ts->s, out, INK_DIM);
	if (j->over) {
		outbuf_printf(out,
			"| T%u has joined T%u without a wait: EAGAIN says that the word had changed before it could "
			"sleep",
			ev->task->label, j->joined->label);
	} else {
		outbuf_printf(out, "| T%u has joined T%u: it waited ", ev->task->label, j->joined->label);
		duration_format(out, j->waited_ns);
	}
	ink(&ts->s, out, INK_OFF);
	outbuf_putc(out, '\n');
}

static void on_leader_exit(struct text_sink *ts, const struct event *ev, struct outbuf *out)
{
	stamp(ts, ev->t_ns, out);
	outbuf_printf(out,
		"-- T%u (pid %d), the first thread, has left by exit(%d); the process lives on in %u other thread%s\n",
		ev->task->label, ev->task->id.tid, ev->u.end.status, ev->task->group->live - 1,
		ev->task->group->live == 2 ? "" : "s");
}

static void on_lost(const struct event *ev, struct outbuf *out)
{
	uint64_t n = ev->u.lost.events;

	outbuf_printf(out,
		"-- %" PRIu64 " event%s missing here: the reader of this trace took nothing for so long that no more "
		"could be kept for it\n",
		n, n == 1 ? " is" : "s are");
}

static void on_summary(struct text_sink *ts, const struct event *ev, const struct model *m, struct outbuf *out)
{
	size_t from = out->len;

	findings(ts, ev, out);
	fold_lines(out, from, ts->s.config.width);
	if (!ts->s.config.quiet)
		text_table(m, ts->s.config.table, ts->s.config.width, out);
	if (!ts->s.config.quiet)
		text_window(m, out);
	if (ts->s.config.summary)
		text_creators(m, ts->s.config.width, out);
	if (ts->s.config.quiet)
		return;
	text_counts(&ev->u.summary, ts->detached, out);
}

/* Blocks stand between empty lines; two of them in a row share one. */
static void blank_line(struct text_sink *ts, struct outbuf *out)
{
	if (!ts->blank)
		outbuf_putc(out, '\n');
}

static void on_birth(struct text_sink *ts, const struct event *ev, const struct model *m, struct outbuf *out)
{
	switch (ev->u.birth.kind) {
	case BIRTH_PROGRAM: /* the first line has told of it */
		ts->blank = false;
		return;
	case BIRTH_ATTACHED:
		text_attached(&ts->s, ev, &ts->there, out);
		ts->blank = false;
		return;
	case BIRTH_CALL:
	case BIRTH_ADOPTED:
	case BIRTH_OBSERVED:
	case BIRTH_UNTRACED:
	case BIRTH_IO_WORKER:
		blank_line(ts, out);
		text_birth(&ts->s, ev, m, &ts->chain, out);
		ts->blank = true;
		return;
	}
}

static void on_end(struct text_sink *ts, const struct event *ev, struct outbuf *out)
{
	blank_line(ts, out);
	text_end(&ts->s, ev, ts->role_told, out);
	ts->blank = true;
}

/* Whatever is no block of its own. */
static void on_other(struct text_sink *ts, const struct event *ev, const struct model *m, struct outbuf *out)
{
	ts->blank = false;
	switch (ev->kind) {
	case EV_START:
		on_start(ts, ev, out);
		break;
	case EV_CALL_BEGIN:
		on_call_begin(ts, ev);
		break;
	case EV_CALL:
		on_call(ts, ev, out);
		break;
	case EV_EXEC:
		on_exec(ts, ev, out);
		break;
	case EV_NAMED:
		on_named(ts, ev, out);
		break;
	case EV_SIGNAL:
		on_signal(ts, ev, out);
		break;
	case EV_STOPPED:
	case EV_CONTINUED:
		on_group(ts, ev, out);
		break;
	case EV_JOIN:
		on_join(ts, ev, out);
		break;
	case EV_LEADER_EXIT:
		on_leader_exit(ts, ev, out);
		break;
	case EV_LOST:
		on_lost(ev, out);
		break;
	case EV_SUMMARY:
		on_summary(ts, ev, m, out);
		break;
	case EV_BIRTH:
	case EV_END:
	case EV_NOTED:
	case EV_EXITING:
	case EV_ODDITY:
	case EV_KINDS:
		break;
	}
}

/* Ends what the event does not belong to: a held line, and the rows of those who were there before. */
static void leave_last(struct text_sink *ts, const struct event *ev, struct outbuf *out)
{
	if (ev->kind != EV_CALL)
		close_open(ts, out);
	if (ev->kind == EV_BIRTH && ev->u.birth.kind == BIRTH_ATTACHED)
		return;
	if (!ts->there.title)
		return;
	text_attached_flush(&ts->there, out);
	blank_line(ts, out);
	ts->blank = true;
}

/* These put their findings among their own lines. */
static bool tells_findings(enum ev_kind kind)
{
	return kind == EV_CALL || kind == EV_CALL_BEGIN || kind == EV_SIGNAL || kind == EV_SUMMARY;
}

static void show(struct text_sink *ts, const struct event *ev, const struct model *m, struct outbuf *out)
{
	if (ev->kind == EV_END && ev->u.end.how == END_DETACHED) { /* the table says so, once for each */
		ts->detached++;
		findings(ts, ev, out);
		return;
	}
	leave_last(ts, ev, out);
	if (ev->kind == EV_BIRTH)
		on_birth(ts, ev, m, out);
	else if (ev->kind == EV_END)
		on_end(ts, ev, out);
	else
		on_other(ts, ev, m, out);
	if (!tells_findings(ev->kind))
		findings(ts, ev, out);
}

/* A finding without the lines around it: whose it is stands before it. */
static void show_findings(struct text_sink *ts, const struct event *ev, struct outbuf *out)
{
	for (size_t i = 0; i < ev->n_findings; i++) {
		const struct finding *f = &ev->finding[i];
		stamp(ts, ev->t_ns, out);
		if (f->task)
			outbuf_printf(out, "T%u %d  ", f->task->label, f->task->id.tid);
		ink(&ts->s, out, INK_FINDING);
		outbuf_printf(out, "!! %s: %s", f->row->id, f->text);
		ink(&ts->s, out, INK_OFF);
		outbuf_putc(out, '\n');
	}
}

static void show_wanted(struct text_sink *ts, const struct event *ev, const struct model *m, struct outbuf *out)
{
	if (ts->s.config.quiet < 2 && (!ts->s.config.table || ev->kind == EV_SUMMARY)) {
		show(ts, ev, m, out);
		return;
	}
	if (ev->kind == EV_START)
		ts->wall0_ns = ev->u.start.wall_ns - ev->t_ns;
	if (ev->kind == EV_END && ev->u.end.how == END_DETACHED)
		ts->detached++;
	show_findings(ts, ev, out);
}

static int text_event(struct sink *s, const struct event *ev, const struct model *m, struct outbuf *out)
{
	size_t from = out->len;

	show_wanted(self(s), ev, m, out);
	if (ev->kind != EV_SUMMARY)
		fold_lines(out, from, s->config.width);
	return 0;
}

static int text_idle(struct sink *s, struct outbuf *out)
{
	size_t from = out->len;

	if (self(s)->open_serial)
		self(s)->blank = false;
	close_open(self(s), out);
	fold_lines(out, from, s->config.width);
	if (self(s)->there.n) { /* somebody can't be stopped, and is told of when he goes */
		text_attached_flush(&self(s)->there, out);
		self(s)->there.title = true;
	}
	return 0;
}

static void text_release(struct sink *s)
{
	text_attached_release(&self(s)->there);
	outbuf_release(&self(s)->open);
	outbuf_release(&self(s)->open_notes);
	chain_text_release(&self(s)->chain);
}

const struct sink_ops sink_text = {
	.name = "text",
	.help = "for people: calls, births, ends, a table",
	.counted = true,
	.size = sizeof(struct text_sink),
	.event = text_event,
	.idle = text_idle,
	.release = text_release,
};

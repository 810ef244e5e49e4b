/* SPDX-License-Identifier: MIT */
/*
 * What `strace -f -ttt -T -o FILE` would write of the calls that are shown, line for line in its grammar, for whatever
 * reads that. A call's line is stamped with the time at which it began, and stands where it was over; one that sleeps
 * begins where it began, and is continued by "resumed" when something else was written meanwhile. What an event does
 * not tell is left out where strace has it, or is "..." or "?", which are strace's own words for it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <thrtrace/sink.h>
#include <thrtrace/tables.h>

#include "sinks/room.h"
#include "text/fmt.h"

#define RESULT_COLUMN 40 /* strace's -a */

struct strace {
	struct sink s;
	uint64_t wall0_ns;   /* wall clock at the trace's start */
	struct outbuf first; /* the execve of the program, until that is there */
	struct outbuf held;  /* the line of a call that sleeps, up to where its result goes */
	uint32_t holder;     /* serial of its task; 0: no line is held */
	const char **in;     /* by label: the call in which a task is whose begin was written; NULL none */
	size_t n_in;
};

/* ---- pieces of lines ---- */

static void lead(const struct strace *st, pid_t tid, uint64_t t_ns, struct outbuf *out)
{
	uint64_t us = (st->wall0_ns + t_ns) / 1000;

	outbuf_printf(
		out, "%-5d %llu.%06llu ", tid, (unsigned long long)(us / 1000000), (unsigned long long)(us % 1000000));
}

static void close_arguments(struct outbuf *out)
{
	outbuf_puts(out, ") ");
	outbuf_pad(out, RESULT_COLUMN);
	outbuf_puts(out, "= ");
}

/* 0: not measured. The end of a line. */
static void took(uint64_t ns, struct outbuf *out)
{
	if (ns)
		outbuf_printf(out, " <%llu.%06llu>", (unsigned long long)(ns / 1000000000U),
			(unsigned long long)(ns / 1000 % 1000000));
	outbuf_putc(out, '\n');
}

static void result(const struct ev_call *c, struct outbuf *out)
{
	if (c->how == RESULT_SEEN)
		call_result_format(c->call, c->result, out);
	else
		outbuf_puts(out, c->how == RESULT_NEVER ? "?" : "? <unavailable>");
	if (c->injected)
		outbuf_puts(out, " (INJECTED)");
	took(c->how == RESULT_SEEN ? c->took_ns : 0, out);
}

/* envp: its address, and beside it how many variables there are. */
static void environment(taddr at, uint64_t n, bool whole, struct outbuf *out)
{
	addr_format(out, at);
	if (at && (n || whole))
		outbuf_printf(out, " /* %llu var%s%s */", (unsigned long long)n, n == 1 ? "" : "s",
			whole ? "" : ", unterminated");
}

/* An execve as far as its last argument. */
static void exec_begun(const struct call *call, const char *argv, struct outbuf *out)
{
	unsigned n = call_arg_count(call), place = call_argv_place(call);

	outbuf_printf(out, "%s(", call_name(call));
	for (unsigned i = 0; i < n; i++) {
		outbuf_puts(out, i ? ", " : "");
		if (i == place && argv)
			outbuf_puts(out, argv);
		else if (i == place + 1)
			environment(call_arg_value(call, i), call->u.exec.envc, call->u.exec.envp_read, out);
		else
			call_arg_format(call, i, out);
	}
}

/* "futex(0x7f..., FUTEX_WAIT, 2, NULL": a call as far as it is known when it begins. */
static void begun(const struct ev_call *c, struct outbuf *out)
{
	const struct call *call = c->call;
	struct outbuf whole;

	if (call->id == CALL_execve || call->id == CALL_execveat) {
		exec_begun(call, c->argv, out);
		return;
	}
	outbuf_init(&whole, 1 << 16);
	call_format(call, &whole);
	size_t n = whole.len;
	if (n && outbuf_str(&whole)[n - 1] == ')')
		n--;
	outbuf_put(out, outbuf_str(&whole), n);
	outbuf_release(&whole);
}

static void resumed(const char *name, struct outbuf *out)
{
	outbuf_printf(out, "<... %s resumed>", name);
}

static void signal_name(unsigned sig, struct outbuf *out)
{
	if (!signal_format(out, sig))
		outbuf_printf(out, "%u", sig);
}

/* ---- calls that have begun ---- */

/* Where it is kept in which call this task is; NULL when out of memory. */
static const char **call_of(struct strace *st, const struct task *t)
{
	const char **in = room_for(st->in, &st->n_in, sizeof(*in), t->label);

	if (!in)
		return NULL;
	st->in = in;
	return &in[t->label];
}

/* Ends the held line, whose call goes on. */
static void let_go(struct strace *st, const char *how, struct outbuf *out)
{
	if (!st->holder)
		return;
	outbuf_put(out, outbuf_str(&st->held), st->held.len);
	outbuf_puts(out, how);
	outbuf_clear(&st->held);
	st->holder = 0;
}

#define UNFINISHED " <unfinished ...>\n"

/* Continues a line of t's that was begun, up to its arguments' end. */
static void go_on(struct strace *st, const struct event *ev, const char *name, struct outbuf *out)
{
	if (st->holder == ev->task->id.serial) {
		let_go(st, "", out);
	} else {
		let_go(st, UNFINISHED, out);
		lead(st, ev->task->id.tid, ev->t_ns, out);
		resumed(name, out);
	}
	close_arguments(out);
}

static int on_begin(struct strace *st, const struct event *ev, struct outbuf *out)
{
	const char **in = call_of(st, ev->task), *name = call_name(ev->u.call.call);

	if (!in)
		return -ENOMEM;
	let_go(st, UNFINISHED, out);
	if (!st->held.max)
		outbuf_init(&st->held, 1 << 16);
	lead(st, ev->task->id.tid, ev->t_ns, &st->held);
	begun(&ev->u.call, &st->held);
	st->holder = ev->task->id.serial;
	*in = name ? name : "???";
	return outbuf_status(&st->held);
}

static int on_call(struct strace *st, const struct event *ev, struct outbuf *out)
{
	const struct ev_call *c = &ev->u.call;
	const char **in = call_of(st, ev->task);

	if (!in)
		return -ENOMEM;
	if (*in) {
		go_on(st, ev, *in, out);
		*in = NULL;
	} else {
		let_go(st, UNFINISHED, out);
		lead(st, ev->task->id.tid, ev->t_ns - (c->took_ns < ev->t_ns ? c->took_ns : 0), out);
		begun(c, out);
		close_arguments(out);
	}
	result(c, out);
	return 0;
}

/* ---- the rest ---- */

/* The execve by which thrtrace has started the program: it is over when the program is there. */
static int on_start(struct strace *st, const struct event *ev)
{
	const struct ev_start *s = &ev->u.start;

	st->wall0_ns = s->wall_ns - ev->t_ns;
	if (!s->program.path || !s->argv)
		return 0;
	outbuf_init(&st->first, 1 << 16);
	outbuf_puts(&st->first, "execve(");
	quote_format(&st->first, s->program.path, strlen(s->program.path));
	outbuf_puts(&st->first, ", ");
	call_words_format(s->argv, &st->first);
	outbuf_puts(&st->first, ", ");
	environment(s->program.env_at, s->program.n_env, true, &st->first);
	return outbuf_status(&st->first);
}

/* How long that took is not known. */
static void on_birth(struct strace *st, const struct event *ev, struct outbuf *out)
{
	if (ev->u.birth.kind != BIRTH_PROGRAM || !st->first.len)
		return;
	lead(st, ev->task->id.tid, ev->t_ns, out);
	outbuf_put(out, outbuf_str(&st->first), st->first.len);
	close_arguments(out);
	outbuf_puts(out, "0\n");
	outbuf_clear(&st->first);
}

/* Of one whose call was not seen the path alone is known. */
static void exec_seen(const struct ev_exec *x, struct outbuf *out)
{
	if (x->call) {
		exec_begun(x->call, x->argv, out);
		return;
	}
	outbuf_puts(out, "execve(");
	if (x->path) {
		quote_format(out, x->path, strlen(x->path));
		outbuf_puts(out, ", ");
	}
	outbuf_puts(out, "...");
}

/* By another thread than the first, it takes over the number of that one. */
static void on_exec(struct strace *st, const struct event *ev, struct outbuf *out)
{
	const struct ev_exec *x = &ev->u.exec;
	uint64_t t_begin = ev->t_ns - (x->took_ns < ev->t_ns ? x->took_ns : 0);
	pid_t tid = ev->task->id.tid;

	let_go(st, UNFINISHED, out);
	lead(st, x->former_tid, t_begin, out);
	exec_seen(x, out);
	if (x->former_tid != tid) {
		outbuf_puts(out, UNFINISHED);
		lead(st, tid, ev->t_ns, out);
		outbuf_printf(out, "+++ superseded by execve in pid %d +++\n", x->former_tid);
		lead(st, tid, ev->t_ns, out);
		resumed(x->call ? call_name(x->call) : "execve", out);
	}
	close_arguments(out);
	outbuf_putc(out, '0');
	took(x->took_ns, out);
}

static void on_signal(struct strace *st, const struct event *ev, struct outbuf *out)
{
	const struct ev_signal *s = &ev->u.signal;
	unsigned sig = (unsigned)s->sig;

	let_go(st, UNFINISHED, out);
	lead(st, ev->task->id.tid, ev->t_ns, out);
	if (ev->kind == EV_STOPPED) {
		outbuf_puts(out, "--- stopped by ");
		signal_name(sig, out);
		outbuf_puts(out, " ---\n");
		return;
	}
	outbuf_puts(out, "--- ");
	signal_name(sig, out);
	if (s->info_known) {
		const char *code = si_code_name(s->sig, s->code);
		outbuf_puts(out, " {si_signo=");
		signal_name(sig, out);
		if (code)
			outbuf_printf(out, ", si_code=%s", code);
		else
			outbuf_printf(out, ", si_code=%d", s->code);
		if (s->sender)
			outbuf_printf(out, ", si_pid=%d", s->sender);
		if (s->fault && s->addr)
			outbuf_printf(out, ", si_addr=0x%llx", (unsigned long long)s->addr);
		else if (s->fault)
			outbuf_puts(out, ", si_addr=NULL");
		outbuf_putc(out, '}');
	}
	outbuf_puts(out, " ---\n");
}

/* How it ended; nothing where that is not known, and of a first thread whose number an execve takes: that tells it. */
static void last_line(const struct strace *st, const struct event *ev, struct outbuf *out)
{
	const struct ev_end *e = &ev->u.end;
	const struct task *t = ev->task;
	bool killed = e->how == END_SIGNAL || (e->process.other && e->process.sig); /* strace has what wait(2) says */
	bool exits = e->how == END_EXIT || e->how == END_EXIT_GROUP || (e->how == END_OBSERVED && e->status_known);
	bool superseded = e->how == END_EXEC && e->by && t->id.tid != t->tgid;

	if (!exits && !superseded && !killed)
		return;
	lead(st, t->id.tid, ev->t_ns, out);
	if (killed) {
		outbuf_puts(out, "+++ killed by ");
		signal_name((unsigned)(e->process.other ? e->process.sig : e->sig), out);
		outbuf_puts(out, e->core ? " (core dumped) +++\n" : " +++\n");
	} else if (exits) {
		int status = e->process.other ? e->process.status : e->status;

		outbuf_printf(out, "+++ exited with %d +++\n", status & 0xff);
	} else {
		outbuf_printf(out, "+++ superseded by execve in pid %d +++\n", e->by->id.tid);
	}
}

static int on_end(struct strace *st, const struct event *ev, struct outbuf *out)
{
	const char **in = call_of(st, ev->task);

	if (!in)
		return -ENOMEM;
	bool own = st->holder == ev->task->id.serial;
	if (own && ev->u.end.how == END_DETACHED) {
		let_go(st, " <detached ...>\n", out);
	} else if (*in && ev->u.end.exit_stop_seen) {
		go_on(st, ev, *in, out);
		outbuf_puts(out, "?\n");
	} else if (ev->u.end.how != END_DETACHED) {
		let_go(st, UNFINISHED, out);
	}
	*in = NULL;
	last_line(st, ev, out);
	return 0;
}

/* strace loses none. It is told between the marks of what is no call, of a number that no task has. */
static void on_lost(struct strace *st, const struct event *ev, struct outbuf *out)
{
	let_go(st, UNFINISHED, out);
	lead(st, 0, ev->t_ns, out);
	outbuf_printf(out, "+++ %llu events are missing here +++\n", (unsigned long long)ev->u.lost.events);
}

static int strace_event(struct sink *s, const struct event *ev, const struct model *m, struct outbuf *out)
{
	struct strace *st = (struct strace *)s;
	(void)m;

	switch (ev->kind) {
	case EV_START:
		return on_start(st, ev);
	case EV_BIRTH:
		on_birth(st, ev, out);
		break;
	case EV_CALL_BEGIN:
		return on_begin(st, ev, out);
	case EV_CALL:
		return on_call(st, ev, out);
	case EV_EXEC:
		on_exec(st, ev, out);
		break;
	case EV_SIGNAL:
	case EV_STOPPED:
		on_signal(st, ev, out);
		break;
	case EV_END:
		return on_end(st, ev, out);
	case EV_LOST:
		on_lost(st, ev, out);
		break;
	case EV_SUMMARY:
		let_go(st, UNFINISHED, out);
		break;
	case EV_NAMED:
	case EV_CONTINUED:
	case EV_JOIN:
	case EV_NOTED:
	case EV_EXITING:
	case EV_LEADER_EXIT:
	case EV_ODDITY:
	case EV_KINDS:
		break;
	}
	return 0;
}

/* Whoever looks on sees what sleeps. */
static int strace_idle(struct sink *s, struct outbuf *out)
{
	let_go((struct strace *)s, UNFINISHED, out);
	return 0;
}

static void strace_release(struct sink *s)
{
	struct strace *st = (struct strace *)s;

	if (st->held.max)
		outbuf_release(&st->held);
	if (st->first.max)
		outbuf_release(&st->first);
	free(st->in);
}

const struct sink_ops sink_strace = {
	.name = "strace",
	.help = "lines as of strace -f -ttt -T -o, for what reads those",
	.counted = true,
	.size = sizeof(struct strace),
	.event = strace_event,
	.idle = strace_idle,
	.release = strace_release,
};

/* SPDX-License-Identifier: MIT */
#include "sinks/text_end.h"

#include <string.h>

#include <thrtrace/findings.h>
#include <thrtrace/tables.h>

#include "sinks/ink.h"
#include "sinks/text_block.h"
#include "sinks/words.h"

static void end_stack(const struct event *ev, struct outbuf *out)
{
	const struct task *t = ev->task;
	const struct ev_end *e = &ev->u.end;
	bool any = false;

	text_key(out, "stack");
	if (t->stack.touched_known) {
		outbuf_puts(out, "touched ");
		size_format(out, t->stack.touched);
		outbuf_puts(out, " of ");
		size_format(out, t->stack.high - t->stack.low);
		any = true;
	} else if (t->stack.gone) {
		outbuf_puts(out, "touched unknown: it is no longer mapped");
		any = true;
	}
	if (e->robust_known && !e->robust_held) {
		outbuf_printf(out, "%s%s", any ? "; " : "", e->robust_absent ? "no robust list" : "robust list empty");
		any = true;
	}
	if (e->rseq_known) {
		outbuf_printf(out, "%s%s", any ? "; " : "", e->rseq ? "rseq registered" : "no rseq");
		any = true;
	}
	if (t->joined) {
		outbuf_printf(out, "%sjoined by T%u", any ? "; " : "", t->joiner_label);
		if (t->join_after_ns) {
			outbuf_puts(out, " after ");
			duration_format(out, t->join_after_ns);
		}
		any = true;
	} else if (t->joiner) {
		outbuf_printf(out, "%sT%u waits to join it", any ? "; " : "", t->joiner_label);
		any = true;
	}
	if (e->noted == JOIN_DETACHED) {
		outbuf_printf(out, "%sdetached", any ? "; " : "");
		any = true;
	}
	if (t->start_refused) {
		outbuf_printf(out, "%snever ran its routine: pthread_create gave it up", any ? "; " : "");
		any = true;
	}
	if (!any && e->observed)
		outbuf_puts(out, "what was touched and held is unknown: nothing stopped to be asked");
	else if (!any)
		outbuf_puts(out,
			e->exit_stop_seen ? "nothing more is known" : "unknown: it was killed without an exit stop");
	outbuf_putc(out, '\n');
}

static void end_robust(const struct sink *s, const struct event *ev, struct outbuf *out)
{
	const struct finding *f = finding_of(ev, "robust-held");

	if (!f)
		return;
	text_key(out, "robust");
	ink(s, out, INK_FINDING);
	outbuf_printf(out, "!! %s", f->text);
	ink(s, out, INK_OFF);
	outbuf_putc(out, '\n');
}

/* The name that nothing has told of before. */
static void end_name(const struct event *ev, struct outbuf *out)
{
	const struct ev_end *e = &ev->u.end;

	if (!e->renamed)
		return;
	text_key(out, "name");
	quote_format(out, e->comm, strnlen(e->comm, COMM_LEN));
	outbuf_puts(out,
		e->prctl_seen ? ", by no prctl of its own: written to its file comm in /proc, or inherited\n" :
				": by whom was not seen\n");
}

/* What its parent hears, where that is not what the first thread said. */
static void end_process(const struct process_end *p, struct outbuf *out)
{
	if (!p->other)
		return;
	text_key(out, "process");
	if (p->sig) {
		outbuf_puts(out, "was killed by ");
		if (!signal_format(out, (unsigned)p->sig))
			outbuf_printf(out, "signal %d", p->sig);
		outbuf_puts(out, " after that\n");
	} else {
		outbuf_printf(out, "has status %d: the last word was another thread's\n", p->status);
	}
}

/* What a thread of this role is for is told the first time, as other explanations are. */
static bool is_new(const struct sink *s, bool *told)
{
	bool again = *told;

	*told = true;
	return s->config.notes == NOTES_ALL || (s->config.notes == NOTES_FIRST && !again);
}

static void end_role(const struct sink *s, const struct task *t, bool *role_told, struct outbuf *out)
{
	if (!t->role)
		return;
	text_key(out, "role");
	role_label_format(out, t->role);
	outbuf_puts(out, ", by ");
	role_by_format(out, t->role, t->start_in);
	if (is_new(s, &role_told[role_row_place(t->role)]))
		outbuf_printf(out, ": %s", t->role->what);
	outbuf_putc(out, '\n');
}

static void end_scheduling(const struct sched_last *s, struct outbuf *out)
{
	if (!s->known)
		return;
	text_key(out, "scheduled");
	outbuf_printf(out, "%s, nice %d", policy_word(s->policy), s->nice);
	if (s->rt_priority)
		outbuf_printf(out, ", priority %d", s->rt_priority);
	if (s->cpus[0])
		outbuf_printf(out, "; on CPUs %s", s->cpus);
	outbuf_printf(out, ", last on %d\n", s->last_cpu);
}

void text_end(const struct sink *s, const struct event *ev, bool *role_told, struct outbuf *out)
{
	const struct task *t = ev->task;
	const struct ev_end *e = &ev->u.end;

	ink(s, out, INK_END);
	outbuf_printf(out, "== T%u (%s %d) has ended", t->label, t->thread ? "tid" : "pid", t->id.tid);
	if (e->how != END_OBSERVED || e->status_known) {
		outbuf_puts(out, ": ");
		end_format(out, e, e->by ? e->by->label + 1 : 0);
	}
	outbuf_puts(out, e->before ? ", before thrtrace came" : " after ");
	if (!e->before)
		duration_format(out, task_ended_ns(t) - t->t_born_ns + t->age_ns);
	if (e->how == END_OBSERVED && !e->status_known)
		outbuf_puts(out, "; how is not told");
	ink(s, out, INK_OFF);
	outbuf_putc(out, '\n');
	if (!e->before)
		end_name(ev, out);
	end_process(&e->process, out);
	end_role(s, t, role_told, out);
	if (!e->before)
		end_stack(ev, out);
	end_robust(s, ev, out);
	if (e->cpu_known) {
		text_key(out, "ran");
		duration_format(out, e->cpu_ns);
		outbuf_printf(out, " on CPU in %llu turn%s", (unsigned long long)e->turns, e->turns == 1 ? "" : "s");
		if (e->wait_ns || !e->wait_least) {
			outbuf_puts(out, e->wait_least ? ", waited at least " : ", waited ");
			duration_format(out, e->wait_ns);
			outbuf_puts(out, " to run");
		}
		if (e->split_known)
			outbuf_printf(out, "; %llu voluntary switch%s, %llu involuntary",
				(unsigned long long)e->voluntary, e->voluntary == 1 ? "" : "es",
				(unsigned long long)e->involuntary);
		outbuf_putc(out, '\n');
	} else if (e->cpu_spared) {
		text_key(out, "ran");
		outbuf_puts(out, "less than 1 ms: how much of it on CPU was not looked up\n");
	}
	end_scheduling(&e->sched, out);
	outbuf_putc(out, '\n');
}

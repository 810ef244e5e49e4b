/* SPDX-License-Identifier: MIT */
/* Findings about an execve, and about a task's end. */
#include <inttypes.h>
#include <signal.h>

#include <thrtrace/tables.h>
#include <thrtrace/uapi.h>

#include "findings/findings_impl.h"

void finding_setid_lost(struct inquiry *q)
{
	if (q->ev->u.exec.setid_lost)
		found(q, NULL);
}

/* A signal that can be handled is told when it is delivered, SIGKILL by the end alone. */
static bool is_ended_by(const struct event *ev, int sig)
{
	if (ev->kind == EV_SIGNAL)
		return ev->u.signal.fatal && ev->u.signal.sig == sig;
	return ev->u.end.how == END_SIGNAL && ev->u.end.sig == sig && sig == SIGKILL && !ev->task->thread;
}

void finding_parent_death(struct inquiry *q)
{
	const struct task *t = q->ev->task, *parent = t->creator ? model_by_serial(q->m, t->creator) : NULL;

	if (!t->pdeath_sig || !is_ended_by(q->ev, t->pdeath_sig) || !parent || !parent->t_exit_ns)
		return;
	found(q, "it asked for this signal at the end of its parent (PR_SET_PDEATHSIG), and T%" PRIu32 " has ended%s",
		parent->label, parent->thread ? ": a thread counts, whatever becomes of its process" : "");
}

void finding_robust_held(struct inquiry *q)
{
	const struct ev_end *e = &q->ev->u.end;

	struct outbuf lock;

	if (!e->robust_held || e->how == END_DETACHED)
		return;
	outbuf_init(&lock, 600);
	outbuf_printf(&lock, "lock word at 0x%llx", (unsigned long long)e->robust_first);
	if (e->robust_symbol) {
		outbuf_puts(&lock, ", in ");
		plain_format(&lock, e->robust_symbol);
	}
	if (e->robust_symbol && e->robust_offset)
		outbuf_printf(&lock, "+0x%llx", (unsigned long long)e->robust_offset);
	if (e->robust_word)
		outbuf_printf(&lock, ": 0x%x, owner %u, %s", e->robust_word, e->robust_word & FUTEX_TID_MASK_,
			e->robust_word & FUTEX_WAITERS_ ? "its waiters' bit is set" : "no waiter noted");
	found(q, "it died holding %u%s robust mutex%s (%s): the kernel marks OWNER_DIED and wakes a waiter",
		e->robust_held, e->robust_more ? " or more" : "", e->robust_held == 1 ? "" : "es", outbuf_str(&lock));
	outbuf_release(&lock);
}

void finding_clear_tid_gone(struct inquiry *q)
{
	if (q->ev->u.end.word_gone)
		found(q, "nothing is mapped at %#" PRIx64 ", the word that its end was to clear",
			q->ev->task->clear_tid);
}

void finding_long_join(struct inquiry *q)
{
	const struct ev_join *j = &q->ev->u.join;
	struct outbuf text;

	if (!q->to->long_join_ns || j->waited_ns <= q->to->long_join_ns)
		return;
	outbuf_init(&text, 200);
	outbuf_printf(&text, "it waited for the end of T%" PRIu32 " for ", j->joined->label);
	duration_format(&text, j->waited_ns);
	outbuf_puts(&text, ", longer than ");
	duration_format(&text, q->to->long_join_ns);
	found(q, "%s", outbuf_str(&text));
	outbuf_release(&text);
}

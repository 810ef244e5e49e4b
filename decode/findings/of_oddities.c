/* SPDX-License-Identifier: MIT */
/* Findings of which nothing else is told: the facts are the whole event. */
#include <inttypes.h>
#include <stdio.h>

#include <thrtrace/tables.h>

#include "findings/findings_impl.h"

/* ---- a wait for a thread's end ---- */

enum vain { VAIN_NOT, VAIN_NO_WORD, VAIN_OTHER_WORD, VAIN_PRIVATE };

static enum vain vain_of(const struct odd_wait *w)
{
	if (w->addr != w->named[0] && w->addr != w->named[1])
		return VAIN_NOT;
	if (!w->clear_tid)
		return VAIN_NO_WORD;
	if (w->clear_tid != w->addr)
		return VAIN_OTHER_WORD;
	return w->private_futex && !w->ended ? VAIN_PRIVATE : VAIN_NOT;
}

bool wait_is_in_vain(const struct odd_wait *w)
{
	return vain_of(w) != VAIN_NOT;
}

void finding_wait_in_vain(struct inquiry *q)
{
	const struct odd_wait *w = &q->ev->u.oddity.wait;

	if (q->ev->u.oddity.kind != ODD_WAIT)
		return;
	switch (vain_of(w)) {
	case VAIN_NO_WORD:
		found(q, "T%" PRIu32 " %s: the kernel wakes no wait on %#" PRIx64, w->label,
			w->ended ? "has ended, and had no word to clear" :
				   "has no word to clear at its end, as it stands",
			w->addr);
		break;
	case VAIN_OTHER_WORD:
		found(q, "T%" PRIu32 " %s, %#" PRIx64 ": the kernel wakes no wait on %#" PRIx64, w->label,
			w->ended ? "has ended, and cleared another word" :
				   "clears another word at its end, as it stands",
			w->clear_tid, w->addr);
		break;
	case VAIN_PRIVATE:
		found(q,
			"T%" PRIu32 " clears this word (%#" PRIx64
			") at its end, but the kernel's wake is for shared futexes and this wait is private",
			w->label, w->addr)
			->repair = "wait without FUTEX_PRIVATE_FLAG";
		break;
	case VAIN_NOT:
		break;
	}
}

/* ---- another tracer ---- */

void finding_traced_already(struct inquiry *q)
{
	const struct odd_rival *r = &q->ev->u.oddity.rival;
	char who[64] = "", what[64] = "be traced";

	if (q->ev->u.oddity.kind != ODD_RIVAL)
		return;
	if (r->asker)
		(void)snprintf(who, sizeof(who), "process %d ", r->asker);
	if (r->target)
		(void)snprintf(what, sizeof(what), "trace %d", r->target);
	struct finding *f = found(
		q, "%sasks to %s (%s) and gets EPERM: a task has one tracer, and that is thrtrace", who, what, r->op);
	if (r->may_be_left)
		f->repair = "--light or --no-seccomp, without -f, lets child processes have another tracer";
}

void finding_leak_check_failed(struct inquiry *q)
{
	if (q->ev->u.oddity.kind == ODD_LEAK_CHECK)
		found(q, NULL);
}

/* ---- what the trace itself lacks ---- */

void finding_records_lost(struct inquiry *q)
{
	if (q->ev->u.oddity.kind != ODD_LOST)
		return;
	found(q, "%llu record%s lost: as many births, ends, names or switches may be missing",
		(unsigned long long)q->ev->u.oddity.lost.records,
		q->ev->u.oddity.lost.records == 1 ? " was" : "s were");
}

void finding_watch_ended(struct inquiry *q)
{
	if (q->ev->u.oddity.kind == ODD_DARK)
		found(q, NULL);
}

/* ---- threads that can't go on ---- */

static const struct odd_blocked *blocked(const struct inquiry *q, enum blocked_how how)
{
	const struct ev_oddity *o = &q->ev->u.oddity;

	return o->kind == ODD_BLOCKED && o->blocked.how == how ? &o->blocked : NULL;
}

static void put_link(struct outbuf *b, const struct blocked_link *l, const struct task *has)
{
	if (l->at)
		outbuf_printf(b, "waits for the %s at %#" PRIx64 " that T%" PRIu32 " has", l->what, l->at, has->label);
	else
		outbuf_printf(b, "waits for the end of T%" PRIu32, has->label);
}

static void put_waited(struct outbuf *out, const char *who, uint64_t ns)
{
	if (!ns)
		return;
	outbuf_printf(out, "; %s waited for at least ", who); /* a stop by anybody gives a waiter a turn */
	duration_format(out, ns);
}

/* The one who waits least: since then none of them can go on. */
static uint64_t least_wait(const struct odd_blocked *b)
{
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < b->n && i < BLOCKED_LINKS; i++)
		least = b->link[i].asleep_ns < least ? b->link[i].asleep_ns : least;
	return b->n > BLOCKED_LINKS ? 0 : least;
}

void finding_deadlock(struct inquiry *q)
{
	const struct odd_blocked *b = blocked(q, BLOCKED_CIRCLE);
	size_t n = b && b->n < BLOCKED_LINKS ? b->n : BLOCKED_LINKS;
	struct outbuf text;

	if (!b)
		return;
	outbuf_init(&text, 1000);
	put_link(&text, &b->link[0], b->link[b->n > 1].who);
	if (b->n == 1)
		outbuf_puts(&text, ", that is itself");
	for (size_t i = 1; i < n; i++) {
		const struct task *has = i + 1 < b->n ? (i + 1 < n ? b->link[i + 1].who : NULL) : b->link[0].who;
		if (!has)
			continue;
		outbuf_puts(&text, ", which ");
		put_link(&text, &b->link[i], has);
	}
	if (b->n > BLOCKED_LINKS)
		outbuf_printf(&text, ", and so on, %zu threads in a circle", b->n);
	outbuf_puts(&text, b->n == 1 ? ": it can't go on" : ": none of them can go on");
	put_waited(&text, b->n == 1 ? "it has" : "they have", least_wait(b));
	found(q, "%s", outbuf_str(&text));
	outbuf_release(&text);
}

void finding_owner_gone(struct inquiry *q)
{
	const struct odd_blocked *b = blocked(q, BLOCKED_OWNER_GONE);
	struct outbuf text;

	if (!b)
		return;
	outbuf_init(&text, 250);
	outbuf_printf(&text, "waits for the mutex at %#" PRIx64 ", whose owner, ", b->link[0].at);
	if (b->ended)
		outbuf_printf(&text, "T%" PRIu32 " (tid %d), has ended", b->ended->label, b->owner);
	else
		outbuf_printf(&text, "tid %d, is no thread of the process", b->owner);
	put_waited(&text, "it has", b->link[0].asleep_ns);
	found(q, "%s", outbuf_str(&text));
	outbuf_release(&text);
}

void finding_signal_blocked(struct inquiry *q)
{
	const struct odd_blocked *b = blocked(q, BLOCKED_SIGNAL);
	struct outbuf text;

	if (!b)
		return;
	outbuf_init(&text, 250);
	outbuf_printf(&text, "blocks signal %d, which is pending: ", b->sig);
	if (b->link[1].who)
		outbuf_printf(&text, "T%" PRIu32, b->link[1].who->label);
	else
		outbuf_puts(&text, "another thread");
	outbuf_puts(&text, ", in a call of the setuid family, waits for it, and can't go on before it is taken");
	put_waited(&text, "it has", b->link[1].asleep_ns);
	found(q, "%s", outbuf_str(&text));
	outbuf_release(&text);
}

void finding_lock_at_exit(struct inquiry *q)
{
	const struct odd_blocked *b = blocked(q, BLOCKED_AT_EXIT);

	if (b && b->link[1].who)
		found(q, "exit_group ends it while it has the %s at %#" PRIx64 " that T%" PRIu32 " waits for",
			b->link[0].what, b->link[0].at, b->link[1].who->label);
}

/* ---- numbers and ids ---- */

void finding_tid_reused(struct inquiry *q)
{
	const struct odd_reused *o = &q->ev->u.oddity.reused;

	if (q->ev->u.oddity.kind == ODD_REUSED)
		found(q,
			"its number was that of T%" PRIu32 ", which has ended, and T%" PRIu32
			" still waits for that one's end on %#" PRIx64,
			o->former, o->waiter, o->addr);
}

void finding_creds_differ(struct inquiry *q)
{
	const struct odd_creds *o = &q->ev->u.oddity.creds;

	if (q->ev->u.oddity.kind == ODD_CREDS)
		found(q, "its user or group ids are not those of T%" PRIu32 " since its %s", o->other, o->call);
}

/* SPDX-License-Identifier: MIT */
/* Findings of which nothing else is told: the facts are the whole event. */
#include <inttypes.h>
#include <stdio.h>

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

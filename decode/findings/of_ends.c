/* SPDX-License-Identifier: MIT */
/* Findings about an execve, and about a task's end. */
#include "findings/findings_impl.h"

void finding_setid_lost(struct inquiry *q)
{
	if (q->ev->u.exec.setid_lost)
		found(q, NULL);
}

void finding_robust_held(struct inquiry *q)
{
	const struct ev_end *e = &q->ev->u.end;

	if (e->robust_held && e->how != END_DETACHED)
		found(q,
			"it died holding %u%s robust mutex%s (lock word at 0x%llx): the kernel marks OWNER_DIED and "
			"wakes a waiter",
			e->robust_held, e->robust_more ? " or more" : "", e->robust_held == 1 ? "" : "es",
			(unsigned long long)e->robust_first);
}

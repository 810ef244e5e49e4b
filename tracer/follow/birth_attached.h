/* SPDX-License-Identifier: MIT */
/* A task that was there before thrtrace is told of: what it is can be read, where it came from can't. */
#ifndef TRACER_BIRTH_ATTACHED_H
#define TRACER_BIRTH_ATTACHED_H

#include <thrtrace/procstat.h>

#include "follow/run.h"

enum attached_how {
	ATTACHED_STOPPED,  /* it rests in a stop */
	ATTACHED_AS_IT_IS, /* it is not stopped for this */
	ATTACHED_ZOMBIE,   /* it has ended and waits for the others of its process */
	ATTACHED_GONE,     /* nothing of it can be read any more */
};

/* What a task that is not stopped shows. */
struct glance {
	struct procstat stat;
	bool stat_known;
	struct procsyscall call; /* valid when it sleeps (call.asleep) */
	taddr robust_head;
	bool robust_known;
	taddr tp;                /* its TLS base, found by way of its robust list; 0: not found */
	const char *not_stopped; /* why it is not; static text */
};

/* Looks at t without stopping it, whatever it does; `why` it is not stopped. */
void birth_see(struct run *r, const struct tracee *t, const char *why, struct glance *ret);
/*
 * Looks at t, and says whether it is better not stopped for being told of: it sleeps in the kernel, and either all that
 * matters can be read as it is, or the call that it sleeps in would fail with EINTR.
 */
bool birth_glance(struct run *r, const struct tracee *t, struct glance *ret);
/* Tells EV_BIRTH of t, which has no task yet, and gives it one. g: for ATTACHED_AS_IT_IS; else NULL. */
void birth_attached(struct run *r, struct tracee *t, enum attached_how how, const struct glance *g);

#endif

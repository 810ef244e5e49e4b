/* SPDX-License-Identifier: MIT */
/* A task that was there before thrtrace is told of: what it is can be read, where it came from can't. */
#ifndef TRACER_BIRTH_ATTACHED_H
#define TRACER_BIRTH_ATTACHED_H

#include "run.h"

enum attached_how {
	ATTACHED_STOPPED, /* it rests in a stop */
	ATTACHED_ASLEEP,  /* it sleeps in the kernel and is not stopped for this */
	ATTACHED_ZOMBIE,  /* it has ended and waits for the others of its process */
	ATTACHED_GONE,    /* nothing of it can be read any more */
};

/*
 * Can what is to be known of t be read without stopping it? True when it sleeps in the kernel and its TLS base is found
 * by the way of its robust list. *ret_fragile: it sleeps in a call that would fail with EINTR if t were stopped.
 */
bool birth_readable_asleep(struct run *r, const struct tracee *t, bool *ret_fragile);
/* Tells EV_BIRTH of t, which has no task yet, and gives it one. */
void birth_attached(struct run *r, struct tracee *t, enum attached_how how);

#endif

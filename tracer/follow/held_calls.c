/* SPDX-License-Identifier: MIT */
#include "follow/held_calls.h"

#include <errno.h>
#include <stdlib.h>

#include "follow/postmortem.h"

void held_call_add(struct run *r, struct tracee *t, const struct event *ev, const struct failure *why)
{
	if (!t->held)
		t->held = calloc(HELD_CALLS, sizeof(*t->held));
	if (!t->held) {
		run_fail(r, -ENOMEM);
		return;
	}
	struct held_call *h = &t->held[t->n_held++ % HELD_CALLS];
	free(h->why);
	*h = (struct held_call){ .ev = *ev, .call = *ev->u.call.call, .why = why ? malloc(sizeof(*why)) : NULL };
	h->ev.u.call.call = NULL;
	h->ev.u.call.verdict = NULL;
	h->ev.u.call.limits = NULL;
	if (h->why)
		*h->why = *why;
	else if (why)
		run_fail(r, -ENOMEM);
}

static void show(struct run *r, struct held_call *h)
{
	h->shown = true;
	h->ev.u.call.call = &h->call;
	if (h->why) {
		h->ev.u.call.verdict = &h->why->verdict;
		h->ev.u.call.limits = &h->why->facts;
	}
	run_fail(r, telling_show(&r->tell, &h->ev));
}

static taddr place_of(const struct held_call *h)
{
	return h->call.id == CALL_mmap ? (taddr)h->ev.u.call.result : h->call.arg[0];
}

/*
 * In filter mode nobody sees a munmap: of the room that a dynamic linker makes for a library, say, to place it in by
 * its alignment. What is mapped anew was free.
 */
void held_calls_mapped(struct tracee *t, taddr low, uint64_t bytes)
{
	for (unsigned i = 0; t->held && i < HELD_CALLS && i < t->n_held; i++) {
		taddr at = place_of(&t->held[i]);
		if (at - low < bytes)
			t->held[i].shown = true;
	}
}

static void show_of(struct run *r, struct tracee *t, const struct area *a)
{
	unsigned from = t->n_held > HELD_CALLS ? t->n_held - HELD_CALLS : 0;

	for (unsigned i = from; a && t->held && i < t->n_held; i++) {
		struct held_call *h = &t->held[i % HELD_CALLS];
		taddr at = place_of(h);
		if (!h->shown && at >= a->low && at < a->high)
			show(r, h);
	}
}

void held_calls_show_at(struct run *r, struct tracee *t, const struct task *task, taddr addr)
{
	show_of(r, t, model_area(r->tell.model, task, addr));
}

void held_calls_show(struct run *r, struct tracee *t, const struct task *task, const struct call *call)
{
	taddr sp = call_clone_sp(&call->u.clone);

	show_of(r, t, sp ? model_area(r->tell.model, task, sp - 1) : NULL);
	tracee_drop_held(t);
}

/* SPDX-License-Identifier: MIT */
/*
 * Calls that may turn out to have made a thread's stack (an mmap without MAP_STACK, as musl's, and what follows it)
 * wait here until the clone that uses it, and are then shown in front of it. The rest is forgotten.
 */
#ifndef TRACER_HELD_CALLS_H
#define TRACER_HELD_CALLS_H

#include "follow/run.h"

struct failure;

/* Keeps t's call, whose event is ev. why: what the event says of its failure, which is copied; NULL: it is none. */
void held_call_add(struct run *r, struct tracee *t, const struct event *ev, const struct failure *why);
/* A new mapping where the kernel chose: what is held of that place was of another, and will not be shown. */
void held_calls_mapped(struct tracee *t, taddr low, uint64_t bytes);
/* Shows the held calls that touch what may become a stack and contains addr: a call there has failed. */
void held_calls_show_at(struct run *r, struct tracee *t, const struct task *task, taddr addr);
/* Shows the held calls that touch the area of the stack that `call` is about to give a new task, and forgets all. */
void held_calls_show(struct run *r, struct tracee *t, const struct task *task, const struct call *call);

#endif

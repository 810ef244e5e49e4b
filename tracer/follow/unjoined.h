/* SPDX-License-Identifier: MIT */
/*
 * Threads that have ended, and that nobody had joined by then. A pthread_join of such a one makes no call: what becomes
 * of it is read from the C library's record of it, at the ends that follow in its process.
 */
#ifndef TRACER_UNJOINED_H
#define TRACER_UNJOINED_H

#include "follow/run.h"

/* What the record of task says, in the memory of t, which is at its exit stop: itself, or another of its process. */
enum join_note unjoined_note(struct run *r, const struct tracee *t, const struct task *task);
/*
 * t, which is at its exit stop, ends the others of its process, and some may die without one: what their records say
 * is kept for their ends. Of many, where it would be felt, it is not.
 */
void unjoined_note_rest(struct run *r, const struct tracee *t, const struct task *task);
/* The end of task has been told, or is about to be: it is looked after from now on where its record is open. */
void unjoined_add(struct run *r, const struct task *task, const struct ev_end *end);
/* At t's exit stop: those of its process are looked at. last: its process ends with it. */
void unjoined_look(struct run *r, const struct tracee *t, const struct task *task, bool last);
/* A thread is born, and its record lies at the TLS base tp: nothing is left of an earlier one. */
void unjoined_replaced(struct run *r, pid_t tgid, taddr tp);
/* The program of this process is gone, and its memory. */
void unjoined_forget(struct run *r, pid_t tgid);

#endif

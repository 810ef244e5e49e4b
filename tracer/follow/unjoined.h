/* SPDX-License-Identifier: MIT */
/*
 * Threads that have ended, and that nobody had joined by then. A pthread_join of such a one makes no call: what becomes
 * of it is read from the C library's record of it, at the ends that follow in its process.
 */
#ifndef TRACER_UNJOINED_H
#define TRACER_UNJOINED_H

#include "follow/run.h"

/* At the exit stop of t, which is task: what its record says. */
enum join_note unjoined_note(struct run *r, const struct tracee *t, const struct task *task);
/* The end of task has been told, or is about to be: it is looked after from now on where its record is open. */
void unjoined_add(struct run *r, const struct task *task, const struct ev_end *end);
/* At t's exit stop: those of its process are looked at. last: its process ends with it. */
void unjoined_look(struct run *r, const struct tracee *t, const struct task *task, bool last);
/* A thread is born, and its record lies at the TLS base tp: nothing is left of an earlier one. */
void unjoined_replaced(struct run *r, pid_t tgid, taddr tp);
/* The program of this process is gone, and its memory. */
void unjoined_forget(struct run *r, pid_t tgid);

#endif

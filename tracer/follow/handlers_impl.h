/* SPDX-License-Identifier: MIT */
/*
 * What the files of handlers share, from above to below: handlers.c (the table; system calls, signals, stops),
 * handle_births.c, handle_ends.c, and under them end_facts.c, late_ends.c and handle_common.c. Nobody else includes it.
 */
#ifndef TRACER_HANDLERS_IMPL_H
#define TRACER_HANDLERS_IMPL_H

#include "follow/handlers.h"

/* The task stays in its stop: another report, or the hold's end, lets it go on. */
static const struct resume hold = { .op = RESUME_NONE };

/* How a task goes on when nothing special is wanted: to its next event, or to its next call. */
struct resume handle_go(const struct run *r, const struct tracee *t);
/* The message of an event stop: 0, or -errno when the task has left that stop meanwhile. */
int handle_event_message(struct run *r, const struct tracee *t, const struct stop *st, uint64_t *ret);
/* The wait status that a last report came from. */
int handle_wstatus(const struct stop *st);
/* st is a tracee's last report. */
bool handle_is_gone(const struct stop *st);
bool handle_is_creation(const struct call *call);

/* ---- handle_births.c ---- */

/* The loop resumes t after this report: what it was held for has come. */
void handle_unhold(struct run *r, struct tracee *t);
void handle_give_birth(struct run *r, struct tracee *child, uint64_t first_ns, bool alive);
struct resume handle_creation(struct run *r, struct tracee *t, const struct stop *st);
/* A child that CLONE_PTRACE attached without an event: known from the call's result. */
void handle_attached(struct run *r, struct tracee *t, const struct call *call, pid_t tid, const struct stop *st);
void handle_first_stop(struct run *r, struct tracee *t, const struct stop *st);
/* A birth whose creator is not waited for any longer. */
void handle_adopt(struct run *r, struct tracee *t);

/* ---- handle_ends.c ---- */

struct resume handle_exec(struct run *r, struct tracee *t, const struct stop *st);
struct resume handle_exit_stop(struct run *r, struct tracee *t, const struct stop *st);
/* The last word of a tracee, which is freed. */
void handle_end(struct run *r, struct tracee *t, int wstatus, uint64_t t_ns);

/* ---- late_ends.c ---- */

/* Keeps the end back for its joiner's return. False when out of memory. */
bool handle_late_add(struct run *r, uint32_t serial, const struct event *ev);
/* t is let go at its exit stop: what clears the word that a joiner may still wait on is yet to come. */
void handle_remember_left(struct run *r, const struct tracee *t, const struct task *task);
/* Tells the end of a task that waited for its joiner's return. */
void handle_late_end_of(struct run *r, uint32_t serial);

/* ---- end_facts.c ---- */

/* What its exit stop shows, task or not: into t->end. */
void handle_read_exit(struct run *r, struct tracee *t, const struct task *task, const struct stop *st);
/* How a task without an exit stop ended, by its wait status and by what the others of its group do. */
void handle_guess_how(struct run *r, struct tracee *t, int wstatus, uint64_t t_ns, struct ev_end *e);
/* Whose exit_group or execve ended it, when that is another task; NULL. */
const struct task *handle_ender_of(struct run *r, const struct tracee *t, const struct ev_end *e);

#endif

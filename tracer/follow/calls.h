/* SPDX-License-Identifier: MIT */
/* The two ends of a system call that is followed: what is read, told and remembered at each. */
#ifndef TRACER_CALLS_H
#define TRACER_CALLS_H

#include "follow/run.h"

/* A call is about to run. True when its end must be seen. */
bool call_entered(struct run *r, struct tracee *t, const struct syscall_stop *at, uint64_t t_ns);
/*
 * The result of a call whose return was not stopped for (t->return_skipped), as far as the task's next stop tells.
 * stopped: it rests in one, and the kernel can be asked.
 */
void call_settle(struct run *r, struct tracee *t, bool stopped);
/* t rests in a later stop, since t_ns: tells what it has registered meanwhile. */
void call_find_registrations(struct run *r, struct tracee *t, uint64_t t_ns);
/* It is over. */
void call_returned(struct run *r, struct tracee *t, int64_t result, uint64_t t_ns);
/* Its task dies in the call that it is in, if any. */
void call_abandoned(struct run *r, struct tracee *t, uint64_t t_ns);
/* A creating call has succeeded: its event is there, and no exit stop is needed. result: the child's tid. */
void call_created(struct run *r, struct tracee *t, pid_t child, uint64_t t_ns);

#endif

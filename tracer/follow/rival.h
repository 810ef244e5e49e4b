/* SPDX-License-Identifier: MIT */
/*
 * A task has one tracer. A debugger inside the program, or LeakSanitizer at its end, asks for a task that is
 * thrtrace's, gets EPERM, and mostly says something else than why: so thrtrace says it.
 */
#ifndef TRACER_RIVAL_H
#define TRACER_RIVAL_H

#include "follow/run.h"

/* t, silent or not, has entered a call; and has got this result. */
void rival_entered(struct run *r, struct tracee *t, const struct syscall_stop *at);
void rival_answered(struct run *r, struct tracee *t, int64_t result);
/* t, which is at its exit stop, ends its process by exit_group(2) with a status other than 0. */
void rival_at_exit(struct run *r, const struct tracee *t, const struct task *task);

#endif

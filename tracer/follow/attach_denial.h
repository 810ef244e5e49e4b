/* SPDX-License-Identifier: MIT */
/* What is to be known of a process that can't be attached to; the sentence is decode/'s. */
#ifndef TRACER_ATTACH_DENIAL_H
#define TRACER_ATTACH_DENIAL_H

#include <thrtrace/attach_refusal.h>

#include "follow/run.h"

/* err: what PTRACE_SEIZE answered (positive), 0 when it was not asked. */
void attach_denial_read(struct attach_denial *ret, struct run *r, pid_t pid, int err);
/* thrtrace traces it already. */
bool attach_is_ours(struct run *r, pid_t tid);
/* Does the process live in another namespace ("pid", "user") than thrtrace? False when that can't be read. */
bool attach_other_ns(struct run *r, pid_t pid, const char *name);

#endif

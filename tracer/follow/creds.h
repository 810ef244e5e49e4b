/* SPDX-License-Identifier: MIT */
/*
 * Threads of one process with other user or group ids than their fellows. In the kernel these are each task's own; C
 * libraries and Go's runtime repeat a change in every thread, and the system call by itself does not.
 */
#ifndef TRACER_CREDS_H
#define TRACER_CREDS_H

#include "follow/run.h"

/* t has returned from a call, which may have changed its ids. */
void creds_changed(struct run *r, const struct tracee *t, const struct task *task, uint64_t t_ns);
/* A task of this process is at a stop: a change that is to be in every thread is, if it was long enough ago. */
void creds_look(struct run *r, pid_t tgid, uint64_t t_ns);

#endif

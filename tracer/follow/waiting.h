/* SPDX-License-Identifier: MIT */
/* Waits for a thread's end that its end does not wake. */
#ifndef TRACER_WAITING_H
#define TRACER_WAITING_H

#include "follow/run.h"

/* t has entered a futex call that is no join. */
void waiting_entered(struct run *r, const struct tracee *t, const struct task *task);
/*
 * task is in its exit stop: its word is not cleared yet. Whoever waits for that privately is told of; such waits do not
 * stop by themselves.
 */
void waiting_at_exit(struct run *r, const struct task *task);
/* task has just been told of: somebody may still wait for the one that had its number before. */
void waiting_at_birth(struct run *r, const struct task *task);

#endif

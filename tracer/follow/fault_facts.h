/* SPDX-License-Identifier: MIT */
/* A fault: facts are read while the task is still stopped, the verdict itself is decode/'s (fault.h). */
#ifndef TRACER_FAULT_FACTS_H
#define TRACER_FAULT_FACTS_H

#include <thrtrace/backtrace.h>
#include <thrtrace/fault.h>

#include "follow/run.h"

/*
 * A task has got SIGSEGV or another signal of a fault. Fills s's bt, deep and verdict, the first and last from bt and
 * verdict, which must outlive s. Of a fault that the program handles only an overflow is told: its handler knows no
 * more of that than thrtrace.
 */
void fault_look(struct run *r, const struct tracee *t, const struct task *task, struct ev_signal *s,
	struct backtrace *bt, struct fault_verdict *verdict);

#endif

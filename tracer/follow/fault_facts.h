/* SPDX-License-Identifier: MIT */
/* A fault: facts are read while the task is still stopped, the verdict itself is decode/'s (fault.h). */
#ifndef TRACER_FAULT_FACTS_H
#define TRACER_FAULT_FACTS_H

#include <thrtrace/fault.h>

#include "follow/run.h"

/* A task is about to die of SIGSEGV or SIGBUS. */
void fault_explain(struct run *r, const struct tracee *t, const struct task *task, const struct ev_signal *s,
	struct fault_verdict *ret);

#endif

/* SPDX-License-Identifier: MIT */
/* Registers of a stopped task, through a door. */
#ifndef TRACER_TASK_REGS_H
#define TRACER_TASK_REGS_H

#include <thrtrace/abi.h>

#include "kernel/kernel.h"

/* With the thread pointer, where that is in a set of its own. *ret_abi: whose they are. 0 or -errno. */
int task_regs(const struct kernel *k, pid_t tid, struct regs *ret, const struct abi **ret_abi) THR_MUST_CHECK;

#endif

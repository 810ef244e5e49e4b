/* SPDX-License-Identifier: MIT */
/*
 * How long a task has slept. The kernel tells when a task's time on a CPU was counted last, by the clock of the CPU
 * that it was on. What that clock says now only who runs there can know, and so this thread goes there for a moment: to
 * CPUs that it may use anyhow.
 */
#ifndef TRACER_ASLEEP_H
#define TRACER_ASLEEP_H

#include <thrtrace/base.h>

/* The clocks of CPUs as they were read; {0} begins. What was read holds for a look, not for hours. */
struct cpu_clocks {
	struct cpu_clock *of; /* by the CPU's number */
	size_t n;
};
void cpu_clocks_release(struct cpu_clocks *c);

/*
 * Since when a task sleeps that went to sleep on that CPU, when its /proc/TID/sched said at_ns. 0; -ENODATA: this
 * thread may not run on that CPU, or the kernel does not tell (before Linux 6.15 it may be built without
 * CONFIG_SCHED_DEBUG); -ENOMEM.
 */
int asleep_since(struct cpu_clocks *c, int cpu, uint64_t at_ns, uint64_t *ret_ns) THR_MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT */
/* CPUs and what limits them, for a census. */
#ifndef TRACER_MACHINE_FACTS_H
#define TRACER_MACHINE_FACTS_H

#include <thrtrace/census.h>

/* For the process pid. What can't be read stays "not known". throttled[0] alone is set. */
void machine_facts(struct census_machine *ret, pid_t pid);
/* How often the cgroup with the tightest cpu.max was throttled so far; UINT64_MAX not known. */
uint64_t machine_throttled(pid_t pid);
/*
 * Bytes of kernel memory that are charged to the control group of thrtrace itself (memory.stat, or version 1's
 * memory.kmem.usage_in_bytes): of all that runs in it, and of nobody else. UINT64_MAX not known.
 */
uint64_t machine_own_kernel_memory(void);

#endif

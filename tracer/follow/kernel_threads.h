/* SPDX-License-Identifier: MIT */
/*
 * Threads that the kernel makes in a process (io_uring's workers, vhost's, kvm's): no call, no event and no end of them
 * is ever reported. They are found in the list of the process's tasks, and told by a birth that has its end with it.
 */
#ifndef TRACER_KERNEL_THREADS_H
#define TRACER_KERNEL_THREADS_H

#include "follow/run.h"

/* Tells of those that are there and were not told of: where a process is about to end, or to execute a program. */
void kernel_threads_look(struct run *r, pid_t tgid);
/* The same in between, when it is quiet: of those that have their name. */
void kernel_threads_idle(struct run *r);
/* How long to sleep, which is no longer than most_ns, before the next of these looks. */
uint64_t kernel_threads_sleep(struct run *r, uint64_t most_ns);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Letting go of all tracees without stopping one of them.
 *
 * PTRACE_DETACH asks for a ptrace-stop, so a task that runs or sleeps would have to be stopped first, and some calls
 * that sleep fail when that happens. When the thread that traces ends, the kernel lets go of all its tracees in one
 * go (kernel/ptrace.c, exit_ptrace): who sleeps sleeps on, who rests in a ptrace-stop goes on (with the signal of a
 * signal-delivery-stop whose report was not fetched), a stopped process stays stopped, and nobody is forgotten. So
 * that is what is done: the first thread ends, and another one tells the rest.
 */
#ifndef TRACER_DETACH_H
#define TRACER_DETACH_H

#include "follow/run.h"

/*
 * Ends the calling thread, which is the first one and traces; then(arg) goes on in another one, once all tracees have
 * been let go. Its stack stays as it is. Returns only when no thread can be made: the end of the process will let go,
 * too.
 */
void detach_by_exit(void (*then)(void *arg), void *arg);
/* They have been let go: tells the end of each, as far as the trace is concerned. */
void detach_tell(struct run *r);
/* Waits for the end of the program that thrtrace started and has let go; signals are still passed on to it. */
void detach_wait_program(struct run *r);

#endif

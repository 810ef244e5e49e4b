/* SPDX-License-Identifier: MIT */
/*
 * The frames of a process's threads. One thread after the other is stopped, looked at and let go (ptrace(2), by
 * PTRACE_SEIZE): each rests for as long as its registers
 * and its stack take to copy. A call that it sleeps in is made again by the
 * kernel, or returns EINTR, as after any stop (signal(7)).
 */
#ifndef TRACER_FRAMES_H
#define TRACER_FRAMES_H

#include <thrtrace/census_stacks.h>

struct frames;

/* 0, -ENOMEM, or why no task can be stopped (-ENOSYS). frames_free in any case: what is read points into it. */
int frames_new(struct frames **ret) THR_MUST_CHECK;
void frames_free(struct frames *f);

/*
 * Of all tasks of c: *ret, to be released. 0; -ENOMEM; -EINTR when thrtrace is asked to end, with those that were read.
 * Nobody is stopped any more when it returns, but for a task that could not be stopped at once (it sleeps
 * uninterruptibly): that is let go when thrtrace ends.
 */
int frames_read(struct frames *f, const struct census *c, struct census_stacks *ret) THR_MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT */
/*
 * A seize may hang: execve by a thread waits for the ends of the others with the lock held that PTRACE_SEIZE takes, and
 * those that are ours already wait for thrtrace (fs/exec.c, cred_guard_mutex; ptrace(2), BUGS). Only the end of
 * thrtrace
 * gets both out of that, so somebody has to look.
 */
#ifndef TRACER_ATTACH_WATCH_H
#define TRACER_ATTACH_WATCH_H

#include "follow/attach.h"

struct attach_watch;

/* Looks at a->seizing_ns from now on. NULL when there is no thread to be had: then nobody looks. */
struct attach_watch *attach_watch_new(const struct attach *a, const struct kernel *k);
void attach_watch_free(struct attach_watch *w);

#endif

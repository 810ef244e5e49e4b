/* SPDX-License-Identifier: MIT */
/*
 * CLONE_UNTRACED under our seccomp filter. A task that nobody traces inherits the filter, and each call that it picks
 * fails with ENOSYS there (seccomp(2), SECCOMP_RET_TRACE). So the flag is taken out while the kernel reads the word,
 * and
 * put back right after; the new task is traced like any other. Without a filter (--no-seccomp, --light) the flag stays.
 */
#ifndef TRACER_UNTRACED_H
#define TRACER_UNTRACED_H

#include "follow/run.h"

/* t is about to make the call. True when the flag was taken out: the call's end must be seen, for it to be put back. */
bool untraced_take(struct run *r, struct tracee *t, const struct syscall_stop *at);
/* The kernel has read the word. returned: the call is over, and its result in its register. */
void untraced_put_back(struct run *r, struct tracee *t, bool returned);

#endif

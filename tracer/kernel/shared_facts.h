/* SPDX-License-Identifier: MIT */
#ifndef TRACER_SHARED_FACTS_H
#define TRACER_SHARED_FACTS_H

#include <thrtrace/shared.h>

/* By kcmp(2) and /proc, without stopping anybody. 0; -ESRCH: *ret_gone is the one that is not there. */
int shared_facts_read(struct shared_facts *ret, const pid_t tid[2], pid_t *ret_gone) THR_MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT */
#ifndef TRACER_THREAD_FACTS_H
#define TRACER_THREAD_FACTS_H

#include <thrtrace/thread_page.h>

/* By /proc alone, without stopping anybody. 0; -ESRCH: there is no such task. */
int thread_facts_read(struct thread_facts *ret, pid_t tid) THR_MUST_CHECK;

#endif

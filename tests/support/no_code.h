/* SPDX-License-Identifier: MIT */
/* What is known of a program's code where a test says all of it: nothing but what it puts in the place of these. */
#ifndef TEST_NO_CODE_H
#define TEST_NO_CODE_H

#include "creators/creators.h"

static inline void no_backtrace(struct creators *c, struct task_ids task, bool at_clone, struct backtrace *ret)
{
	(void)c, (void)task, (void)at_clone;
	ret->n = 0;
}

static inline void no_start(struct creators *c, struct task_ids child, const struct call_clone *args, taddr tls,
	const struct backtrace *bt, struct start_routine *ret)
{
	(void)c, (void)child, (void)args, (void)tls, (void)bt;
	*ret = (struct start_routine){ .unknown = "no code" };
}

static inline const struct tls_layout *no_tls(struct creators *c, struct task_ids task)
{
	(void)c, (void)task;
	return NULL;
}

static inline void no_process(struct creators *c, pid_t tgid)
{
	(void)c, (void)tgid;
}

/* Beside the members that a test has itself. */
#define NO_CODE .backtrace = no_backtrace, .start = no_start, .tls = no_tls, .exec = no_process, .gone = no_process

#endif

/* SPDX-License-Identifier: MIT */
#include "try/raw.h"

#include <errno.h>

long raw_call(const long call[7])
{
	(void)call;
	return -ENOSYS;
}

long raw_task(const struct task_args *a, bool clone3, task_body *body, void *arg)
{
	(void)a;
	(void)clone3;
	(void)body;
	(void)arg;
	return -ENOSYS;
}

uintptr_t raw_tls(void)
{
	return 0;
}

bool raw_works(void)
{
	return false;
}

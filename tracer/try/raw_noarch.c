/* SPDX-License-Identifier: MIT */
#include "try/raw_impl.h"

#include <errno.h>

long raw_call(const long call[7])
{
	(void)call;
	return -ENOSYS;
}

const bool raw_clone_has_tls_first = false;

long raw_begin(const long call[7], task_body *body, void *arg, uint64_t kept)
{
	(void)call;
	(void)body;
	(void)arg;
	(void)kept;
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

/* SPDX-License-Identifier: MIT */
/* Built without libseccomp: every call stops. */
#include "filter/filter.h"

#include <errno.h>

int filter_compile(struct sock_fprog *ret, const struct call_choice *choice, enum libc_kind libc)
{
	(void)ret;
	(void)choice;
	(void)libc;
	return -EOPNOTSUPP;
}

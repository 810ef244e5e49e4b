/* SPDX-License-Identifier: MIT */
/* Built without libseccomp: every call stops. */
#include "filter.h"

#include <errno.h>

int filter_new(struct filter_program **ret, const struct call_choice *choice, enum libc_kind libc)
{
	(void)ret;
	(void)choice;
	(void)libc;
	return -EOPNOTSUPP;
}

void filter_free(struct filter_program *f)
{
	(void)f;
}

int filter_install(const struct filter_program *f)
{
	(void)f;
	return -EOPNOTSUPP;
}

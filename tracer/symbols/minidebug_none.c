/* SPDX-License-Identifier: MIT */
/* Built without liblzma. */
#include "symbols/minidebug.h"

#include <errno.h>

int minidebug_unpack(const void *data, size_t len, void **ret, size_t *ret_len)
{
	(void)data, (void)len, (void)ret, (void)ret_len;
	return -EOPNOTSUPP;
}

/* SPDX-License-Identifier: MIT */
#include "kernel/built_with.h"

const char *built_with(void)
{
	return THRTRACE_FEATURES;
}

/* SPDX-License-Identifier: MIT */
/* Built without a demangler. */
#include "symbols/demangle.h"

#include <stddef.h>

char *demangle(const char *mangled)
{
	(void)mangled;
	return NULL;
}

/* SPDX-License-Identifier: MIT */
/* Built without libunwind: no call frame information is read, so a backtrace ends where hand_step() does. */
#include "unwind/unwind_walk.h"

#include <stdlib.h>

struct cfi *cfi_new(void)
{
	return calloc(1, 1);
}

void cfi_free(struct cfi *c)
{
	free(c);
}

const char *cfi_name(void)
{
	return "no libunwind";
}

enum walk_step cfi_step(struct cfi *c, struct walk *w, bool moved)
{
	(void)c, (void)w, (void)moved;
	return WALK_NO_INFO;
}

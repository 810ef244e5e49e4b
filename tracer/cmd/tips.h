/* SPDX-License-Identifier: MIT */
/* --tips: a line about what thrtrace can do, at the end of a run. */
#ifndef TRACER_TIPS_H
#define TRACER_TIPS_H

#include <stddef.h>

/* The i-th of tips.def; NULL past the last. */
const char *tip_at(size_t i);
/* Says one of them on standard error, each run another. */
void tip_say(void);

#endif

/* SPDX-License-Identifier: MIT */
/* Which function of the C library a task waits in for the end of a thread. */
#ifndef TRACER_CREATORS_WAITS_H
#define TRACER_CREATORS_WAITS_H

#include <thrtrace/event.h>

#include "symbols/symbols.h"

/* bt: of the waiter. WAITS_EITHER where its frames do not tell. */
enum end_wait waits_of(struct symbols_space *space, pid_t tid, const struct backtrace *bt);

#endif

/* SPDX-License-Identifier: MIT */
/* Behind a runtime's thread trampoline: the function that a person wants to read. */
#ifndef TRACER_START_LABEL_H
#define TRACER_START_LABEL_H

#include <thrtrace/event.h>

#include "symbols/symbols.h"

/*
 * s->at and s->arg are known. Fills s->label, or leaves its pc 0 when s->at says it already. ran: the thread has run
 * since it began, as with start_label_of_running.
 */
void start_label(
	struct symbols_space *space, pid_t tid, const struct backtrace *creator, bool ran, struct start_routine *s);

/*
 * The same when the thread has run for long: only where the runtime keeps the structure as long as the thread runs.
 * The others free it at once, and what lies there now may be another thread's.
 */
void start_label_of_running(struct symbols_space *space, pid_t tid, struct start_routine *s);

/* Does addr lie in an executable mapping? */
bool start_is_code(struct symbols_space *space, pid_t tid, taddr addr);
/* n words at addr; false when not all are there. */
bool start_words(struct symbols_space *space, pid_t tid, taddr addr, uint64_t *ret, size_t n);

#endif

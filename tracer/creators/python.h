/* SPDX-License-Identifier: MIT */
/* Frames of Python in the backtrace of a task that rests, where CPython is in its process. */
#ifndef TRACER_CREATORS_PYTHON_H
#define TRACER_CREATORS_PYTHON_H

#include <thrtrace/cpython.h>
#include <thrtrace/event.h>

#include "creators/reread.h"
#include "symbols/symbols.h"

/* What is known of a process's interpreter. Zeroed to begin with, and when the program is replaced. */
struct python {
	bool asked, known;
	const char *why;     /* it is not known, as the module of a frame; NULL: there is none */
	uint64_t generation; /* of the space when it was asked */
	struct cpython is;
	taddr state; /* of the thread that was asked about last */
	struct cpython_frame frame;
	struct reread frames, target; /* their memory */
	struct python_frame stack[BACKTRACE_MAX];
};

/*
 * Mixes frames of Python into bt, tid's own; *p: made when first needed, and to be freed by free(). threads_code: as
 * start_threads_code has it, 0 where the TLS base points to itself.
 */
void python_mix(struct python **p, struct symbols_space *space, pid_t tid, taddr threads_code, struct backtrace *bt);

/*
 * The label of a routine that CPython starts its threads in: the function of Python that it will call. Left as it is
 * where that can't be told. creator: the backtrace of the task that has made it.
 */
void python_label(struct python **p, struct symbols_space *space, pid_t tid, const struct backtrace *creator,
	struct start_routine *s);

#endif

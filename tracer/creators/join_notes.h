/* SPDX-License-Identifier: MIT */
/* What a C library's record of a thread says of its join. */
#ifndef TRACER_CREATORS_JOIN_NOTES_H
#define TRACER_CREATORS_JOIN_NOTES_H

#include "creators/creators.h"

#include "symbols/symbols.h"

/*
 * threads_code: in the library that makes threads, 0 where there is none. A record that can't be read any more is
 * JOIN_FREED, and one that is not known JOIN_NOT_KNOWN.
 */
enum join_note join_notes_read(
	struct symbols_space *space, taddr threads_code, pid_t tid, const struct join_asked *asked);

#endif

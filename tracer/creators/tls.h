/* SPDX-License-Identifier: MIT */
/* The thread-local storage of a process: who needs how much, and where each part lies in a thread's block. */
#ifndef TRACER_TLS_H
#define TRACER_TLS_H

#include <thrtrace/tls.h>

#include "symbols/symbols.h"

/*
 * The layout of tid's process: the same for all of its threads until a library is loaded, so worth keeping. The
 * libraries are those of the dynamic linker's list. Reads a few words for each: about 1 us per library. False: not
 * known, since the program's file or the list can't be found.
 */
bool tls_read(struct symbols_space *space, pid_t tid, struct tls_layout *ret);

/* On x86 the word (of word_bytes, 4 or 8) at the thread pointer is the thread pointer (x86-64 psABI, 3.4.6). */
enum tls_self tls_self(const struct kernel *door, pid_t tid, taddr tp, unsigned word_bytes, uint64_t *ret_found);

#endif

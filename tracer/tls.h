/* SPDX-License-Identifier: MIT */
/* The thread-local storage of a process: who needs how much, and where each part lies in a thread's block. */
#ifndef TRACER_TLS_H
#define TRACER_TLS_H

#include "symbols.h"

struct tls_part {
	const char *module; /* borrowed from the symbol cache */
	uint64_t size, init, align;
	bool placed;
	int64_t offset;       /* from the thread pointer to its first byte; valid when placed */
	const char *unplaced; /* why it is not known; static text */
	bool program;
};

#define TLS_PARTS 64
struct tls_layout {
	struct tls_part part[TLS_PARTS];
	size_t n;
	bool more;             /* than were looked at */
	uint64_t static_bytes; /* from the lowest placed part to the thread pointer (x86), or up to the highest part's
				  end */
};

/*
 * The layout of tid's process: the same for all of its threads until a library is loaded, so worth keeping. The
 * libraries are those of the dynamic linker's list. Reads a few words for each: about 1 us per library.
 */
void tls_read(struct symbols_space *space, pid_t tid, struct tls_layout *ret);

/* On x86-64 the word at the thread pointer is the thread pointer (psABI, 3.4.6). */
enum tls_self { TLS_SELF_OK, TLS_SELF_WRONG, TLS_SELF_UNREADABLE };
enum tls_self tls_self(const struct kernel *door, pid_t tid, taddr tp, uint64_t *ret_found);

#endif

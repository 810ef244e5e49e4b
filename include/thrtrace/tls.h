/* SPDX-License-Identifier: MIT */
/* Where thread-local variables lie, as arithmetic ("ELF Handling For Thread-Local Storage", U. Drepper). Pure. */
#ifndef THRTRACE_TLS_H
#define THRTRACE_TLS_H

#include <thrtrace/base.h>

/* One module's thread-local variables in a thread's block. */
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

/* The word at the thread pointer, which on x86-64 is the thread pointer itself. */
enum tls_self { TLS_SELF_UNKNOWN, TLS_SELF_OK, TLS_SELF_WRONG, TLS_SELF_UNREADABLE };

/*
 * The program's own PT_TLS block relative to the thread pointer: negative where it lies below (x86, variant II),
 * positive where above (Arm, RISC-V: variant I). machine: EM_*. -EINVAL for numbers that make no sense, -EOPNOTSUPP
 * for another machine.
 */
int tls_program_offset(uint16_t machine, uint64_t vaddr, uint64_t memsz, uint64_t align, int64_t *ret) THR_MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT */
/*
 * From an address in a traced process to module, symbol and source line.
 *
 * `struct symbols` is the cache of ELF files of a whole run, shared by all processes; what a frame's strings point
 * to lives as long as it does. `struct symbols_space` is one address space: which file is mapped where, learned
 * from the door as addresses are asked for. All of it is for one thread only.
 *
 * A tid argument names any live task of the space: it is what /proc and the door are asked by.
 */
#ifndef TRACER_SYMBOLS_H
#define TRACER_SYMBOLS_H

#include <thrtrace/backtrace.h>
#include <thrtrace/base.h>
#include <thrtrace/vma.h>

#include "kernel/kernel.h"
#include "symbols/module.h"

struct symbols;
struct symbols_space;

struct symbols *symbols_new(void); /* NULL when out of memory */
void symbols_free(struct symbols *s);

/* s and door must outlive the space. NULL when out of memory. */
struct symbols_space *symbols_space_new(struct symbols *s, const struct kernel *door);
void symbols_space_free(struct symbols_space *space);
/* At execve: everything that was known is void. */
void symbols_space_exec(struct symbols_space *space);
/*
 * Mappings are asked of this task first, whose open file the door keeps: one open a process, not one a thread. The
 * tids of later calls must share its address space.
 */
void symbols_space_leader(struct symbols_space *space, pid_t tgid);
/*
 * Begins a look at the process, which has run since the last one: what is known of each mapping is checked against
 * the kernel at its next use, so that a library that was replaced is noticed. Looks that follow each other within
 * 2 ms are one: a thread a moment ago and this one run the same code.
 */
void symbols_space_look(struct symbols_space *space);
/* Which look is the present one; never 0 once one has begun. */
uint32_t symbols_space_looks(const struct symbols_space *space);
/* Never the same for two spaces, nor before and after code was unmapped or replaced in one. */
uint64_t symbols_space_generation(const struct symbols_space *space);

struct symbols_range {
	taddr low, high;
	uint32_t prot;         /* enum vma_prot */
	struct module *module; /* NULL: no file behind it */
	uint64_t bias;         /* address - bias = the module's own address */
	bool in_program;
	uint32_t look; /* private: when last checked */
	uint64_t offset, inode;
	uint32_t dev_major, dev_minor;
};

/* The mapping that holds addr, or NULL. Valid until the next call on the space. */
const struct symbols_range *symbols_range(struct symbols_space *space, pid_t tid, taddr addr);

/*
 * What r's file has at addr, where that is what every process has there. Asked for the memory of a process that has not
 * touched it, the kernel would first map the page there. Bytes read; 0 or -1: the memory is to be asked.
 */
ssize_t symbols_file(const struct symbols_range *r, taddr addr, void *buf, size_t n);

/*
 * Fills *ret for pc. exact: pc is an address where execution is or will be (first frame, start routine, after a
 * signal frame); else it is a return address, and looked up one byte earlier.
 */
void symbols_frame(struct symbols_space *space, pid_t tid, taddr pc, bool exact, struct frame *ret);

/* The symbol that covers addr (code or data), demangled; NULL when none does. *ret_offset from its start. */
const char *symbols_name(struct symbols_space *space, pid_t tid, taddr addr, uint64_t *ret_offset);

/* The same of a variable, which may lie where its file has nothing (.bss). */
const char *symbols_datum(struct symbols_space *space, pid_t tid, taddr addr, uint64_t *ret_offset);

/* The program itself; NULL when it can't be told. *ret_bias may be NULL. */
struct module *symbols_program(struct symbols_space *space, pid_t tid, uint64_t *ret_bias);
/* An auxiliary vector entry of the process (AT_*): 0, or -ENOENT. */
int symbols_auxv(struct symbols_space *space, pid_t tid, uint64_t type, uint64_t *ret) THR_MUST_CHECK;

/* A copy of text that lives as long as the cache; the same text gives the same pointer. "" when out of memory. */
const char *symbols_text(struct symbols *s, const char *text);
struct symbols *symbols_of(const struct symbols_space *space);
const struct kernel *symbols_door(const struct symbols_space *space);

#endif

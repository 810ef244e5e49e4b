/* SPDX-License-Identifier: MIT */
/*
 * Code that a program registers for debuggers, as LLVM's compilers at run time do: from the variable
 * __jit_debug_descriptor on a list of ELF files in the program's own memory ("JIT Compilation Interface" of gdb's
 * manual). Their symbols name functions that no file on a disk has. Of 64-bit programs whose lowest byte comes first.
 * The list and the files may be torn or anything at all: all is bounded, and what does not fit is passed over.
 */
#ifndef THRTRACE_GDB_JIT_H
#define THRTRACE_GDB_JIT_H

#include <thrtrace/jit_map.h>
#include <thrtrace/mem.h>

#define GDB_JIT_ENTRIES_MAX 4096
#define GDB_JIT_FILE_MAX    (16U << 20) /* bytes of one file */
#define GDB_JIT_BYTES_MAX   (64U << 20) /* of all that are read */

/* One that was read, or that was passed over. */
struct gdb_jit_file {
	taddr entry, at;
	uint64_t size;
};

/* {0} begins. Owned: gdb_jit_release. */
struct gdb_jit {
	struct gdb_jit_file *file; /* the newest last */
	size_t n;
	uint64_t descriptor[3]; /* as it was when the list was read */
	uint64_t bytes;
	struct jit_map map;
};

void gdb_jit_release(struct gdb_jit *j);
/*
 * Reads what is new since the last time, and forgets what is registered no more. descriptor: where the variable is. 0;
 * -EPROTONOSUPPORT of another version than 1; -EINVAL: a list without an end; else what the memory said. After an
 * error nothing is known.
 */
int gdb_jit_read(struct gdb_jit *j, const struct mem *mem, taddr descriptor) THR_MUST_CHECK;
/* Adds the functions of an ELF file, which is image[0, n). -EINVAL: it is none of this kind; -ENOMEM. */
int gdb_jit_add_file(struct jit_map *m, const uint8_t *image, size_t n) THR_MUST_CHECK;

#endif

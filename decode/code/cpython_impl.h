/* SPDX-License-Identifier: MIT */
/* Between the files that read CPython's objects. */
#ifndef CODE_CPYTHON_IMPL_H
#define CODE_CPYTHON_IMPL_H

#include <thrtrace/cpython.h>

/* The beginning of an object, in which all is that is read of one. */
#define CPYTHON_OBJECT 256

/* The word at offset of bytes[0, n), or of the 4 bytes there; false: it is not among them. */
bool cpython_takes(uint64_t *ret, const uint8_t *bytes, size_t n, uint32_t offset);
/* A str object as UTF-8. size: of to, at most CPYTHON_FILE. */
int cpython_text(const struct cpython *py, const struct mem *mem, taddr at, char *to, size_t size) THR_MUST_CHECK;
/* A code object's name, file and first line. *ret_table: its bytes object of lines. */
int cpython_code(const struct cpython *py, const struct mem *mem, taddr code, struct cpython_frame *ret,
	taddr *ret_table) THR_MUST_CHECK;

#endif

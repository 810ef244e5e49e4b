/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the memory of an interpreter. Input: its version word, a thread's number and where a new thread's record
 * is, 8 bytes each; the rest is memory from 0x10000 on, which _PyRuntime begins.
 */
#include <stdlib.h>
#include <string.h>

#include <thrtrace/cpython.h>

#include "bytes_mem.h"

#define FRAMES_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct cpython_frame *f)
{
	if (!memchr(f->name, '\0', sizeof(f->name)) || !memchr(f->file, '\0', sizeof(f->file)) || f->line > INT32_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t head[3];
	struct cpython py;
	struct cpython_frame f = { 0 };
	struct cpython_stack is;
	taddr state = 0;

	if (size < sizeof(head))
		return 0;
	memcpy(head, data, sizeof(head));
	struct bytes bytes = { data + sizeof(head), size - sizeof(head) };
	const struct mem mem = { bytes_read, &bytes };
	if (cpython_open(&py, &mem, BYTES_BASE, head[0]))
		return 0;
	for (unsigned i = 0; i < 2 && cpython_thread(&py, &mem, head[1], &state, &is) == 0; i++) {
		if (is.n < 1 || is.n > CPYTHON_NESTED)
			abort();
		for (unsigned n = 0; n < FRAMES_MAX && cpython_frame(&py, &mem, &is.frame[n % is.n], &f) == 0; n++)
			check(&f);
	}
	if (cpython_target(&py, &mem, head[2], &f) == 0)
		check(&f);
	return 0;
}

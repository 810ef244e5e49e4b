/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the memory of a program that registers code. Input: an address, 8 bytes; how much of the rest is the
 * memory of the first look, 8 bytes; memory from 0x10000 on, which the descriptor begins. The whole is that of the
 * second look.
 */
#include <stdlib.h>
#include <string.h>

#include <thrtrace/gdb_jit.h>

#include "bytes_mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t head[2];
	struct gdb_jit j = { 0 };
	struct jit_map alone = { 0 };

	if (size < sizeof(head))
		return 0;
	memcpy(head, data, sizeof(head));
	struct bytes bytes = { data + sizeof(head), 0 };
	const struct mem mem = { bytes_read, &bytes };
	size -= sizeof(head);
	for (unsigned i = 0; i < 2; i++) {
		bytes.n = i ? size : head[1] % (size + 1);
		if (gdb_jit_read(&j, &mem, BYTES_BASE) && (j.n || j.map.n))
			abort();
		const struct jit_piece *p = jit_map_find(&j.map, head[0]);
		if (p &&
			(head[0] < p->at || head[0] - p->at >= p->size ||
				strlen(jit_map_name(&j.map, p)) > JIT_NAME_MAX))
			abort();
	}
	if (gdb_jit_add_file(&alone, bytes.data, bytes.n) && alone.n)
		abort();
	jit_map_release(&alone);
	gdb_jit_release(&j);
	return 0;
}

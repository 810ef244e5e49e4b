/* SPDX-License-Identifier: MIT */
/* Any bytes as /tmp/perf-PID.map. Input: an address, 8 bytes; how much of the text comes first, 8 bytes; the text. */
#include <stdlib.h>
#include <string.h>

#include <thrtrace/jit_map.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t head[2];
	struct jit_map m = { 0 };
	size_t done = 0;

	if (size < sizeof(head))
		return 0;
	memcpy(head, data, sizeof(head));
	const char *text = (const char *)data + sizeof(head);
	size -= sizeof(head);
	for (unsigned i = 0; i < 2; i++) {
		size_t part = i ? size - done : head[1] % (size + 1);
		ssize_t used = jit_map_add(&m, text + done, part);
		if (used < 0 || (size_t)used > part || (used && text[done + (size_t)used - 1] != '\n'))
			abort();
		done += (size_t)used;
		const struct jit_piece *p = jit_map_find(&m, head[0]);
		if (p && (head[0] < p->at || head[0] - p->at >= p->size || strlen(jit_map_name(&m, p)) > JIT_NAME_MAX))
			abort();
	}
	jit_map_release(&m);
	return 0;
}

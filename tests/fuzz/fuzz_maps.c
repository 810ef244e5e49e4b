/* SPDX-License-Identifier: MIT */
/* Any bytes as /proc/PID/maps: lines are read or refused, never beyond the end, and each step moves on. */
#include <stdlib.h>
#include <string.h>

#include <thrtrace/vma.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;

	while (size) {
		struct vma v;
		ssize_t n = vma_parse(text, size, &v);
		if (n == 0 || n > (ssize_t)size)
			abort();
		if (n > 0 && (v.low >= v.high || !memchr(v.name, '\0', sizeof(v.name))))
			abort();
		const char *nl = memchr(text, '\n', size);
		size_t skip = n > 0 ? (size_t)n : nl ? (size_t)(nl - text) + 1 : size;
		text += skip;
		size -= skip;
	}
	return 0;
}

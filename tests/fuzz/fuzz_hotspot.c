/* SPDX-License-Identifier: MIT */
/* Any bytes as the memory of a Java virtual machine: from 0x10000 on, the variable of its table first. */
#include <stdlib.h>
#include <string.h>

#include <thrtrace/hotspot.h>

#include "bytes_mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes bytes = { data, size };
	const struct mem mem = { bytes_read, &bytes };
	struct hotspot h = { 0 };

	for (unsigned i = 0; i < 2; i++)
		if ((hotspot_look(&h, &mem, BYTES_BASE) == 0) != (h.low < h.high) || (!h.high && h.low))
			abort();
	return 0;
}

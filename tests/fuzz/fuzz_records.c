/* SPDX-License-Identifier: MIT */
/* Any bytes as a ring of perf records: each has an end within them, and its values are of the kind that it says. */
#include <stdlib.h>
#include <string.h>

#include "records/perf_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct perf_record r;
	size_t at = 0;
	int got;

	while ((got = perf_record_read(data + at, size - at, &r)) > 0) {
		if ((size_t)got > size - at)
			abort();
		if (r.kind == PERF_COMM && strnlen(r.u.comm.name, COMM_LEN) == COMM_LEN)
			abort();
		if (r.kind == PERF_MAP && r.u.map.high < r.u.map.low)
			abort();
		at += (size_t)got;
	}
	return 0;
}

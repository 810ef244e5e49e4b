/* SPDX-License-Identifier: MIT */
/* Any bytes as a ring of perf records: each has an end within them, and its values are of the kind that it says. */
#include <stdlib.h>
#include <string.h>

#include "records/perf_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As a sample, whatever it says that it is. */
static void check_sample(const uint8_t *at, size_t n)
{
	struct perf_sample s;
	struct vma v;

	if (perf_map_read(at, n, &v) == 0 && (v.high < v.low || strnlen(v.name, VMA_NAME) == VMA_NAME))
		abort();
	if (perf_sample_read(at, n, at[n - 1] % PERF_SAMPLE_REGS, &s))
		return;
	if (s.n_words > PERF_SAMPLE_WORDS || s.n_regs > PERF_SAMPLE_REGS)
		abort();
	if (s.n_stack && (s.stack < at || s.n_stack > n - (size_t)(s.stack - at)))
		abort();
}

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
		check_sample(data + at, (size_t)got);
		at += (size_t)got;
	}
	return 0;
}

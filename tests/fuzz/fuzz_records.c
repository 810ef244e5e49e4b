/* SPDX-License-Identifier: MIT */
/* Any bytes as a ring of perf records: each has an end within them, and its values are of the kind that it says. */
#include <stdlib.h>
#include <string.h>

#include "records/perf_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a tape has of it is as much of a sample. */
static void check_cut(const uint8_t *at, size_t n, const struct perf_sample *was)
{
	static uint8_t cut[1 << 16];
	struct perf_sample is;
	size_t n_cut, n_stack;

	if (perf_sample_cut(at, n, at[n - 1] % PERF_SAMPLE_REGS, cut, &n_cut, &n_stack) || n_cut > n ||
		perf_sample_mend(cut, &n_cut, sizeof(cut), n_stack) || perf_sample_read(cut, n_cut, 0, &is))
		abort();
	if (is.nr != was->nr || is.n_words != was->n_words || is.n_stack != was->n_stack)
		abort();
}

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
	check_cut(at, n, &s);
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

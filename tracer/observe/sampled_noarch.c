/* SPDX-License-Identifier: MIT */
/* A machine whose registers thrtrace does not know: nothing is sampled. */
#include "observe/sampled.h"

#include <errno.h>

const uint64_t sampled_regs_mask = 0;
const unsigned sampled_n_regs = 0;

int sampled_regs(struct sampled *s, const struct perf_sample *from)
{
	(void)s;
	(void)from;
	return -EOPNOTSUPP;
}

ssize_t sampled_same_for_all(int type, void *buf, size_t n)
{
	(void)type, (void)buf, (void)n;
	return -EOPNOTSUPP;
}

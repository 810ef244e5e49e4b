/* SPDX-License-Identifier: MIT */
/* The rules of refusal, between their tests (refusals.c) and the engine that asks them (verdict.c). */
#ifndef THRTRACE_DECODE_REFUSALS_H
#define THRTRACE_DECODE_REFUSALS_H

#include <thrtrace/verdict.h>

/* Whether the check that the rule stands for refuses this call. */
typedef enum fact refusal_test(const struct verdict_query *q);
/* Writes the `why` of a rule whose sentences depend on the call or on the limits. */
typedef void refusal_describe(struct outbuf *out, const struct verdict_query *q);

struct refusal {
	const char *id;
	unsigned calls; /* set of 1 << enum verdict_call */
	int err;        /* 0: any */
	uint32_t since, until;
	refusal_test *test;
	refusal_describe *describe; /* or NULL, and why has the sentence */
	const char *why, *repair, *source;
};

/* refusal_texts.c: the describe functions. */
refusal_describe describe_unknown_flag;
refusal_describe describe_unshare_flag;
refusal_describe describe_ns_capability;
refusal_describe describe_nproc;
refusal_describe describe_threads_max;
refusal_describe describe_pid_max;
refusal_describe describe_pids_max;
refusal_describe describe_nofile;
refusal_describe describe_as;
refusal_describe describe_data;
refusal_describe describe_commit;
refusal_describe describe_map_count;
refusal_describe describe_rtprio;
const struct refusal *refusals(size_t *ret_n);
/* mmap, mprotect: the length in whole pages. */
uint64_t refusal_bytes(const struct verdict_query *q);
/* The flags as the kernel works with them: low half for clone, what is implied added for unshare. */
uint64_t refusal_flags(const struct verdict_query *q);

#endif

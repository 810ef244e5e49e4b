/* SPDX-License-Identifier: MIT */
/*
 * A trace as --format=json wrote it, brought to what two runs of one program have in common: groups of tasks, without
 * numbers, addresses and times of day, and findings by their fingerprints.
 */
#ifndef TRACER_DIFF_READ_H
#define TRACER_DIFF_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <thrtrace/base.h>

/* Tasks of one sort: threads or processes of one start routine and one pattern of names. */
struct diff_group {
	char *key; /* "thread worker, pool-{N}" */
	uint64_t n;
	uint64_t by_signal;      /* how many of them a signal ended */
	uint64_t stack_bytes;    /* of the largest; 0: not known */
	uint64_t touched, known; /* bytes of stack, of those of which it is known, and how many these are */
	uint64_t cpu_ns;         /* of those of which it is known */
	uint64_t lived_ns;       /* all together */
};

struct diff_trace {
	struct diff_group *group; /* by key */
	size_t n;
	char **finding; /* fingerprints, sorted, each once */
	size_t n_findings;
	/* How the program ended: with an exit status, or by a signal; neither: that was not told. */
	bool exited;
	int status, signal;
};

/* 0; -errno; -EINVAL: it is no such trace. *ret is to be released in any case. */
int diff_read(const char *path, struct diff_trace *ret) THR_MUST_CHECK;
void diff_release(struct diff_trace *t);

#endif

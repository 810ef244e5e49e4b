/* SPDX-License-Identifier: MIT */
/*
 * What threads, processes and switches cost on a machine: samples in, a table out. Pure; tracer/measure/ takes them.
 */
#ifndef THRTRACE_COST_H
#define THRTRACE_COST_H

#include <thrtrace/base.h>
#include <thrtrace/outbuf.h>

enum cost_id {
#define COST(id, ...) COST_##id,
#include <thrtrace/cost_rows.def>
#undef COST
	COSTS
};

#define COST_NAME 64

/* Times of one operation, in ns. */
struct cost {
	char key[COST_NAME], what[COST_NAME];
	size_t n; /* samples; 0: none, and unknown says why */
	double min, median, p99;
	double said; /* what is often said; 0: nothing */
	const char *unknown;
};

/* Bytes that one thread of many takes; UINT64_MAX not known. */
struct cost_memory {
	unsigned threads; /* how many were made, and divided by */
	uint64_t address_space, resident, kernel_stack, page_tables, slab;
	uint64_t cgroup; /* all that the kernel charges to the control group for it */
};

/* "fork and wait, from a small process". */
const char *cost_what(enum cost_id id);
/* The row of an id, by n samples, which are sorted. unknown: static text, for none. */
void cost_of(struct cost *ret, enum cost_id id, double *sample, size_t n, const char *unknown);
/*
 * The row that a command of --cost-with has printed: one line, an object with name, median_ns, and, if it likes,
 * min_ns, p99_ns, n and said_ns. 0, or -EINVAL.
 */
int cost_of_line(struct cost *ret, const char *line) THR_MUST_CHECK;

struct cost_page {
	const struct cost *row; /* the first is what the others are compared with */
	size_t n;
	struct cost_memory memory;
	unsigned cpus;
	const char *kernel;
};
void cost_text(const struct cost_page *p, struct outbuf *out);
/* 0 or -ENOMEM; out's status is the caller's to look at. */
int cost_json(const struct cost_page *p, struct outbuf *out) THR_MUST_CHECK;

#endif

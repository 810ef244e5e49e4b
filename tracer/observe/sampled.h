/* SPDX-License-Identifier: MIT */
/*
 * What a task was like when it began a system call, or returned from one: its registers and a piece of its stack, as
 * the sample of a tracepoint has them; or when it rested for them to be copied. A door in front of the live one answers
 * from there what else takes a stop; so the readers of stopped tasks (creators/) serve for tasks that never stopped, or
 * that have gone on.
 */
#ifndef TRACER_SAMPLED_H
#define TRACER_SAMPLED_H

#include <thrtrace/call.h>

#include "kernel/kernel.h"
#include "observe/spaces.h"
#include "records/perf_record.h"

/* Bytes of the stack: the frames of pthread_create and of some above it; and glibc's struct pthread at its top. */
#define SAMPLED_STACK 4096
/* Registers of this machine that samples are to have (sample_regs_user), and how many; 0: it is not known which. */
extern const uint64_t sampled_regs_mask;
extern const unsigned sampled_n_regs;

struct sampled {
	pid_t tid, tgid;
	uint64_t t_ns;
	uint64_t prstatus[64];
	size_t prstatus_len;
	taddr sp, pc;
	/* Where the n bytes were: from the stack pointer on, of this instant or a later one. Borrowed. */
	taddr from;
	size_t n;
	const uint8_t *bytes;
};

/*
 * Registers as PTRACE_GETREGSET's NT_PRSTATUS has them, as far as samples have them; of those of a call at its begin.
 * 0, or -EOPNOTSUPP for a task of another machine.
 */
int sampled_regs(struct sampled *s, const struct perf_sample *from) THR_MUST_CHECK;

/* A register set that is the same for all tasks of this machine: no stop is needed. Its length, or -EOPNOTSUPP. */
ssize_t sampled_same_for_all(int type, void *buf, size_t n);

struct sampled_door {
	struct kernel door; /* for whoever reads */
	struct kernel *live;
	struct spaces spaces;
	const struct sampled *now; /* answers for its task; NULL: nobody does but the live door */
	bool runs_on; /* its task has gone on since: what lies above the sample's end on its stack is not what it was */
	taddr high;   /* the end of the mapping that holds its stack */
	bool strict;  /* nothing is read that may have changed since its instant */
	bool missed;  /* since it was shown, memory that the sample lacks was asked for, and is gone */
};

/* In front of `live`, which must outlive it; NULL: a replay, in which nobody asks it. */
void sampled_door_init(struct sampled_door *d, struct kernel *live);
void sampled_door_release(struct sampled_door *d);
/* From now on it answers of s's task as that was. NULL: no more. */
void sampled_door_show(struct sampled_door *d, const struct sampled *s, bool runs_on);

#endif

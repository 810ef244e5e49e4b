/* SPDX-License-Identifier: MIT */
/*
 * Records of perf events, from the bytes that the kernel has written: perf_event_open(2), "Overflow handling" and
 * include/uapi/linux/perf_event.h. Bytes in, values out.
 *
 * The events are expected to be opened as PERF_RECORD_LAYOUT says: records that are no samples then end with the same
 * 32 bytes. Only their time is used: the time within FORK and EXIT is read a little later than that, and would not
 * sort. Samples are those of system call tracepoints, of the layout PERF_SAMPLE_LAYOUT.
 */
#ifndef DECODE_PERF_RECORD_H
#define DECODE_PERF_RECORD_H

#include <thrtrace/base.h>
#include <thrtrace/call.h>
#include <thrtrace/vma.h>

/* sample_type beside sample_id_all: PERF_SAMPLE_IDENTIFIER | TID | TIME | CPU. */
#define PERF_RECORD_LAYOUT (1U << 16 | 1U << 1 | 1U << 2 | 1U << 7)

/* Of a record that is no sample: its last bytes are pid, tid; time; cpu, 0; id. */
#define PERF_RECORD_TRAILER 32

/* That of samples: PERF_SAMPLE_RAW | REGS_USER | STACK_USER besides. sample_stack_user may be 0. */
#define PERF_SAMPLE_LAYOUT (PERF_RECORD_LAYOUT | 1U << 10 | 1U << 12 | 1U << 13)
#define PERF_SAMPLE_REGS   64
#define PERF_SAMPLE_WORDS  6
/* Where in a sample the process of its task is: 4 bytes. */
#define PERF_SAMPLE_TGID_AT 16

enum perf_kind {
	PERF_OTHER, /* of a kind that nothing is made of */
	PERF_FORK,  /* a task was made */
	PERF_EXIT,
	PERF_COMM, /* a name was set, by execve or by somebody */
	PERF_MAP, /* a mapping was made or changed: its range is that of the whole, after merging with its neighbours */
	PERF_LOST,
	PERF_SWITCH,
	PERF_SAMPLE, /* a system call begins or returns */
};

struct seen_call;

/*
 * Of a task that begins a system call or returns from one. What is borrowed lies in the bytes that were read; whoever
 * keeps the record takes out of it what he needs.
 */
struct perf_sample {
	uint16_t type;                    /* id of the tracepoint */
	int64_t nr;                       /* of the call */
	uint64_t word[PERF_SAMPLE_WORDS]; /* its arguments, or its result alone */
	unsigned n_words;
	bool regs_64;                   /* its registers are known, and those of a 64-bit program */
	uint64_t reg[PERF_SAMPLE_REGS]; /* those of the mask that was asked for, in its order */
	unsigned n_regs;
	const uint8_t *stack; /* n_stack bytes from its stack pointer on */
	size_t n_stack;
};

struct perf_record {
	enum perf_kind kind;
	uint64_t t_ns; /* of the events' clock */
	uint64_t id;   /* of the event that it came from */
	pid_t by_tgid,
		by_tid; /* whoever ran: who forked, who renamed; 0 where it was no task of the opener's namespace */
	uint32_t cpu;
	union {
		/* parent: of FORK whoever made it; of EXIT the tgid of its parent, twice */
		struct {
			pid_t tgid, tid, parent_tgid, parent_tid;
		} task;
		struct {
			pid_t tgid, tid; /* who bears the name */
			bool exec;
			char name[COMM_LEN];
		} comm;
		struct {
			pid_t tgid, tid;
			taddr low, high;
			uint32_t prot; /* PROT_* */
			bool anonymous;
		} map;
		struct {
			uint64_t count;
		} lost;
		struct {
			bool out, preempted; /* preempted: it would have run on */
			bool wide;           /* the event is of all tasks of the CPU */
		} change;
		struct seen_call *call; /* PERF_SAMPLE: what its reader has made of it (perf_sample_read) */
	} u;
};

/*
 * The record at the start of these bytes: how long it is, with *ret filled; 0 when n bytes hold no whole one (the rest
 * comes later); -EBADMSG when no record of this layout begins so.
 */
int perf_record_read(const void *bytes, size_t n, struct perf_record *ret) THR_MUST_CHECK;
/* A record of so many losses, as the kernel writes them, of no event and no time: PERF_LOST_BYTES of it. */
#define PERF_LOST_BYTES (24 + PERF_RECORD_TRAILER)
void perf_lost_write(uint64_t count, void *ret);
/* All that the record of a mapping (PERF_MAP, of the length n) says of it. 0 or -EBADMSG. */
int perf_map_read(const void *bytes, size_t n, struct vma *ret) THR_MUST_CHECK;
/*
 * What the sample says of which that function has returned the length n. n_regs: how many registers were asked for.
 * 0 or -EBADMSG.
 */
int perf_sample_read(const void *bytes, size_t n, unsigned n_regs, struct perf_sample *ret) THR_MUST_CHECK;

/* The record of n bytes that begins here is a sample. */
bool perf_is_sample(const void *bytes, size_t n);
/*
 * Such a sample without its registers and its stack: *ret_n bytes, which are no more than n; *ret_stack: how many bytes
 * of a stack it had. 0 or -EBADMSG.
 */
int perf_sample_cut(
	const void *bytes, size_t n, unsigned n_regs, void *ret, size_t *ret_n, size_t *ret_stack) THR_MUST_CHECK;
/*
 * A sample again, of what that left in `bytes`, which have room for `room` of them: one without registers (n_regs is
 * 0), and with a stack of zeros. 0, or -EBADMSG when that can't be.
 */
int perf_sample_mend(void *bytes, size_t *n, size_t room, size_t n_stack) THR_MUST_CHECK;

#endif

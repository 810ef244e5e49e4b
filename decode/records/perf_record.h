/* SPDX-License-Identifier: MIT */
/*
 * Records of perf events, from the bytes that the kernel has written: perf_event_open(2), "Overflow handling" and
 * include/uapi/linux/perf_event.h. Bytes in, values out.
 *
 * The events are expected to be opened as PERF_RECORD_LAYOUT says: records that are no samples then end with the same
 * 32 bytes. Only their time is used: the time within FORK and EXIT is read a little later than that, and would not
 * sort.
 */
#ifndef DECODE_PERF_RECORD_H
#define DECODE_PERF_RECORD_H

#include <thrtrace/base.h>
#include <thrtrace/call.h>

/* sample_type beside sample_id_all: PERF_SAMPLE_IDENTIFIER | TID | TIME | CPU. */
#define PERF_RECORD_LAYOUT (1U << 16 | 1U << 1 | 1U << 2 | 1U << 7)

enum perf_kind {
	PERF_OTHER, /* of a kind that nothing is made of */
	PERF_FORK,  /* a task was made */
	PERF_EXIT,
	PERF_COMM, /* a name was set, by execve or by somebody */
	PERF_MAP, /* a mapping was made or changed: its range is that of the whole, after merging with its neighbours */
	PERF_LOST,
	PERF_SWITCH,
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
		} change;
	} u;
};

/*
 * The record at the start of these bytes: how long it is, with *ret filled; 0 when n bytes hold no whole one (the rest
 * comes later); -EBADMSG when no record of this layout begins so.
 */
int perf_record_read(const void *bytes, size_t n, struct perf_record *ret) THR_MUST_CHECK;

#endif

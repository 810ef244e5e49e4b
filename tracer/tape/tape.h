/* SPDX-License-Identifier: MIT */
/*
 * A record of what the kernel answered, as bytes: thrtrace-tape(5) has the format. A tape is a preamble and blocks with
 * a checksum; a block holds whole records; a record is a question and its answer (tape_io.h).
 */
#ifndef TRACER_TAPE_H
#define TRACER_TAPE_H

#include <thrtrace/base.h>
#include <thrtrace/outbuf.h>

#define TAPE_VERSION 2
#define TAPE_MAX     (256U << 20) /* a tape is no longer than this, and is read no further */

/* The first byte of each record. Numbers are never used again for something else. */
enum tape_op {
	TAPE_BLOB = 1, /* bytes that later records refer to */
	TAPE_HEAD = 2, /* how the trace was made (recording.h); the first but for blobs */
	TAPE_END = 3,  /* the last one: why there is no more */
	TAPE_WAIT = 4, /* from here on: the questions of struct kernel, and then those of creators.h */
	TAPE_ASKED = 5,
	TAPE_KILL = 6,
	TAPE_RESUME = 7,
	TAPE_SEIZE = 8,
	TAPE_INTERRUPT = 9,
	TAPE_EVENT_MSG = 10,
	TAPE_SIGINFO = 11,
	TAPE_SYSCALL_STOP = 12,
	TAPE_REGSET = 13,
	TAPE_WRITE_MEM = 14,
	TAPE_SET_ARG0 = 15,
	TAPE_READ_MEM = 16,
	TAPE_READ_PROC = 17,
	TAPE_VMA = 18,
	TAPE_LOWEST_TOUCHED = 19,
	TAPE_GUARD_PAGES = 20,
	TAPE_KCMP = 21,
	TAPE_IN_GROUP = 22,
	TAPE_NS = 23,
	TAPE_ROBUST_LIST = 24,
	TAPE_RSEQ = 25,
	TAPE_LIST_TASKS = 26,
	TAPE_USAGE = 27,
	TAPE_IDENTIFY = 28,
	TAPE_NOW = 29,
	TAPE_FAILURE = 30,
	TAPE_ORIGIN = 31,
	TAPE_BACKTRACE = 32,
	TAPE_DEPTH = 33,
	TAPE_START = 34,
	TAPE_TLS = 35,
	TAPE_BOOT = 36,
	TAPE_STARTED = 37,
	TAPE_WAITS = 38,
	TAPE_REFUSE_CALL = 39,
	TAPE_NOTED = 40,
	TAPE_ASLEEP = 41,
	TAPE_RECORDS = 42, /* from here to TAPE_GONE: those of observe/ */
	TAPE_LOST = 43,
	TAPE_MADE = 44,
	TAPE_GONE = 45,
	TAPE_DATUM = 46,
	TAPE_BASE = 47,
};

/* Why a tape ends, in its last record. */
enum tape_end {
	TAPE_COMPLETE, /* the trace was over */
	TAPE_FULL,     /* the tape was */
	TAPE_FAILED,   /* thrtrace ended the trace early */
	TAPE_ENDS
};

/*
 * What is asked: an operation, numbers, and bytes (a name, what is to be stored). Two are the same when all of it is.
 */
struct question {
	enum tape_op op;
	unsigned n;
	int64_t arg[4];
	const void *bytes;
	size_t n_bytes;
	bool later; /* not every thrtrace that wrote this version has asked it: a tape without an answer is whole */
};
#define TAPE_ASK(operation, ...)                                                                                       \
	(struct question)                                                                                              \
	{                                                                                                              \
		.op = (operation), .n = sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t), .arg = { __VA_ARGS__ }   \
	}

struct tape_io;
struct tape_out;
struct tape_in;

/* ---- writing ---- */

/* Writes to fd, which stays the caller's, no more than max bytes. NULL when out of memory. */
struct tape_out *tape_out_new(int fd, uint64_t max);
void tape_out_free(struct tape_out *t);
/*
 * A record: begin, the answer through io, end. false: nothing is written any more (tape_out_status), and no end is
 * due.
 */
bool tape_out_begin(struct tape_out *t, struct tape_io *io);
void tape_out_end(struct tape_out *t, struct tape_io *io, const struct question *q);
/* When the trace starts: before the first time is written. */
void tape_out_base(struct tape_out *t, uint64_t t0_ns);
/* What was recorded so far becomes a block: whatever happens from here on, it can be replayed. */
void tape_out_flush(struct tape_out *t);
size_t tape_out_pending(const struct tape_out *t);
/* How far it has come; and back to there, if that was not written yet: no blob may have come since. */
uint64_t tape_out_at(const struct tape_out *t);
void tape_out_back(struct tape_out *t, uint64_t at);
/* The last record, and the last block. */
void tape_out_finish(struct tape_out *t, enum tape_end how);
/* Waits for the reader of a pipe, as output_finish does. */
void tape_out_drain(struct tape_out *t, uint64_t patience_ns);
/* 0, -EFBIG when the tape is full, -ETIMEDOUT when its reader took nothing, or the first failure. */
int tape_out_status(const struct tape_out *t) THR_MUST_CHECK;
uint64_t tape_out_size(const struct tape_out *t);

/* ---- reading ---- */

/* Why reading came to its end. */
enum tape_trouble {
	TAPE_NO_TROUBLE, /* it has not, or at the last record */
	TAPE_CUT,
	TAPE_DAMAGED,
};

/* What a tape can't answer. */
struct tape_misses {
	uint64_t n;
	enum tape_op first;
	uint64_t first_at; /* where in the tape its answer was looked for */
};

/*
 * Reads the tape in bytes[0, n), which must outlive it. 0; -EINVAL when this is no tape; -EPROTONOSUPPORT when it is of
 * another version; -ENOMEM.
 */
int tape_in_new(struct tape_in **ret, const void *bytes, size_t n) THR_MUST_CHECK;
void tape_in_free(struct tape_in *t);
/*
 * Goes on to the next report and the answers that follow it. 0 with its answer in io; -ENODATA at the end of the tape,
 * or where it is cut or damaged.
 */
int tape_in_report(struct tape_in *t, struct tape_io *io) THR_MUST_CHECK;
/*
 * The answer to q among those at hand, each of which is used once. false: there is none, which is a miss unless the
 * question came later.
 */
bool tape_in_find(struct tape_in *t, const struct question *q, struct tape_io *io) THR_MUST_CHECK;
/* An answer has been read: false, and the tape counts as damaged, when it was not all there. */
bool tape_in_done(struct tape_in *t, const struct tape_io *io);
/* When the trace started: before the first time is read. */
void tape_in_base(struct tape_in *t, uint64_t t0_ns);
/* For the fuzzer: the next answer to the same operation will do, whatever its arguments. */
void tape_in_any_question(struct tape_in *t);

bool tape_in_ended(const struct tape_in *t, enum tape_end *ret_how);
enum tape_trouble tape_in_trouble(const struct tape_in *t, uint64_t *ret_at, const char **ret_why);
struct tape_misses tape_in_misses(const struct tape_in *t);
/* "kcmp": what an operation is called. */
const char *tape_op_name(enum tape_op op);

/* CRC-32 (IEEE 802.3), as zlib's crc32. */
uint32_t tape_crc32(const void *bytes, size_t n);

#endif

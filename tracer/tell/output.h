/* SPDX-License-Identifier: MIT */
/*
 * Where the trace's bytes go: stderr, a file, stdout, or a command's standard input. Buffered. A reader that takes
 * nothing never holds up whoever writes: the bytes wait in memory, and when too many do, the output is full.
 */
#ifndef TRACER_OUTPUT_H
#define TRACER_OUTPUT_H

#include <thrtrace/outbuf.h>

#define OUTPUT_KEPT (-2)

enum output_way {
	OUTPUT_AT_ONCE,  /* a file: a write is no wait */
	OUTPUT_NONBLOCK, /* descriptor `ready` does not block */
	OUTPUT_SEND,     /* a socket, told at each write not to block */
	OUTPUT_ASK,      /* somebody else's descriptor: asked first, and in pieces that fit then */
};

struct output {
	struct outbuf buf;
	size_t done;   /* so much of buf is written already */
	size_t retry;  /* nothing more was taken: tried again once buf has so many bytes; 0 */
	int fd;        /* OUTPUT_KEPT: the bytes stay in buf, for who reads them there */
	int ready;     /* what is written to: fd, or fd's file by another way that does not block */
	pid_t command; /* of '|command', reaped by output_close; 0 none */
	enum output_way way;
	bool owned;    /* fd is ours to close */
	bool piped;    /* its reader may go away */
	bool eager;    /* a terminal: written at once, so that it keeps its place among the program's own lines */
	bool waits;    /* a replay: nobody is held up by it, so it may wait for its reader and loses nothing */
	bool full;     /* more than OUTPUT_MOST wait; until half of that does */
	bool given_up; /* output_finish ended before its reader had all */
};

/* So many bytes wait for a reader at most, about. */
#define OUTPUT_MOST ((size_t)64 << 20)

/* target: NULL for stderr, "-" for stdout, "|command", or a path. 0 or -errno. */
int output_open(struct output *o, const char *target) THR_MUST_CHECK;
/* The same; a file keeps what it has, and grows. */
int output_open_to_append(struct output *o, const char *target) THR_MUST_CHECK;
/* Writes to fd, which stays the caller's. */
void output_borrow(struct output *o, int fd);
/* Writes what can be written without waiting. 0 or -errno (-EPIPE: the reader is gone). */
int output_flush(struct output *o) THR_MUST_CHECK;
/* Writes when enough has gathered, or always when eager. */
int output_maybe_flush(struct output *o) THR_MUST_CHECK;
/* Bytes that its reader has not taken yet. */
size_t output_waiting(const struct output *o);
/* No more should be put into buf: its reader takes nothing. */
bool output_is_full(struct output *o);
/*
 * Writes all of it, and waits for its reader to take it: until none is taken for patience_ns (UINT64_MAX: for ever), or
 * a signal that the caller has blocked asks to end. As output_flush; -ETIMEDOUT: it was given up.
 */
int output_finish(struct output *o, uint64_t patience_ns) THR_MUST_CHECK;
/* Nobody will read what is written: the pipe or socket has lost its other end. Costs a system call. */
bool output_is_deserted(const struct output *o);
/* What still waits is lost. */
void output_close(struct output *o);

#endif

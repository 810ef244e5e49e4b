/* SPDX-License-Identifier: MIT */
/*
 * Where the trace's bytes go: stderr, a file, stdout, or a command's standard input. Buffered; a slow reader slows
 * the trace down and loses nothing.
 */
#ifndef TRACER_OUTPUT_H
#define TRACER_OUTPUT_H

#include <thrtrace/outbuf.h>

#define OUTPUT_KEPT (-2)

struct output {
	struct outbuf buf;
	int fd;        /* OUTPUT_KEPT: the bytes stay in buf, for who reads them there */
	pid_t command; /* of '|command', reaped by output_close; 0 none */
	bool owned;    /* fd is ours to close */
	bool piped;    /* its reader may go away */
	bool eager;    /* a terminal: written at once, so that it keeps its place among the program's own lines */
};

/* target: NULL for stderr, "-" for stdout, "|command", or a path. 0 or -errno. */
int output_open(struct output *o, const char *target) THR_MUST_CHECK;
/* Writes everything out. 0 or -errno (-EPIPE: the reader is gone). */
int output_flush(struct output *o) THR_MUST_CHECK;
/* Writes when enough has gathered, or always when eager. */
int output_maybe_flush(struct output *o) THR_MUST_CHECK;
/* Nobody will read what is written: the pipe or socket has lost its other end. Costs a system call. */
bool output_is_deserted(const struct output *o);
void output_close(struct output *o);

#endif

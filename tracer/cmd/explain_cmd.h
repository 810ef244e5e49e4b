/* SPDX-License-Identifier: MIT */
/*
 * The commands that explain without tracing: --explain, --flags, --resources. They write into buffers only; who
 * calls them writes those to stdout and stderr.
 */
#ifndef THRTRACE_TRACER_EXPLAIN_CMD_H
#define THRTRACE_TRACER_EXPLAIN_CMD_H

#include <thrtrace/explain_page.h>

enum explain_for { FOR_CALLER, FOR_PRIVILEGED, FOR_UNPRIVILEGED };

struct explain_options {
	const char *const *words; /* "-": one word a line from in_fd */
	size_t n_words;
	int in_fd;               /* standard input */
	const char *call;        /* --call=: "clone", "clone3", "unshare", "setns"; NULL: the one that fits */
	enum explain_for who;    /* --privileged, --unprivileged */
	enum page_format format; /* PAGE_TEXT or PAGE_JSON */
};

/* The exit status of --explain. */
enum explain_status {
	EXPLAIN_ACCEPTED = 0, /* the kernel accepts every word */
	EXPLAIN_REFUSED = 1,  /* it refuses one at least */
	EXPLAIN_BAD_WORD = 2, /* one at least was not understood, or an option has a bad value: err says which */
	EXPLAIN_FAILED = 3    /* no memory, or the input could not be read */
};

/* Every word is explained, also after one that was not understood. The largest status that applies. */
int explain_cmd(const struct explain_options *o, struct outbuf *out, struct outbuf *err);

#endif

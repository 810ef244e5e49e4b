/* SPDX-License-Identifier: MIT */
/*
 * The command line. One table of rows is parsed, printed by --help, made into completions of shells, and held against
 * the man page by a test.
 */
#ifndef TRACER_OPTIONS_H
#define TRACER_OPTIONS_H

#include <thrtrace/sink.h>

#include "cmd/completion.h"
#include "follow/run.h"

/* Options that say what is asked of the kernel: a replay can only ask what was recorded. */
enum asking {
	GIVEN_MODE = 1 << 0,
	GIVEN_FOLLOW = 1 << 1,
	GIVEN_PROVE = 1 << 2,
	GIVEN_CREATORS = 1 << 3,
	GIVEN_ENV = 1 << 4,
	GIVEN_CALLS = 1 << 5,
	GIVEN_SIGNALS = 1 << 6
};

enum command { DO_TRACE, DO_REPLAY, DO_HELP, DO_VERSION, DO_EXPLAIN, DO_FLAGS, DO_RESOURCES, DO_COMPLETION };

struct options {
	enum command command;
	enum trace_mode mode;
	bool follow_forks, creators;
	enum prove prove;
	pid_t *pids; /* -p */
	size_t n_pids;
	bool only_thread;     /* of -p: these threads, not their processes */
	uint64_t duration_ns; /* 0: until the end */
	struct call_choice choice;
	struct sink_config view;
	const char *format;       /* --format=NAME; NULL: text */
	int error_exitcode;       /* in place of the program's own status when there was a finding; 0: not asked for */
	int color;                /* -1 auto, 0 never, 1 always */
	const char *output;       /* -o; NULL: stderr */
	const char *record;       /* --record; NULL */
	const char *replay;       /* --replay: - for standard input; NULL */
	unsigned given;           /* enum asking */
	const char *explain_call; /* --call= */
	int explain_who;          /* 0 the asking process, 1 --privileged, 2 --unprivileged */
	enum shell shell;         /* --completion= */
	char **argv;              /* the program and its arguments, or the words of --explain */
	int argc;
	char **env_changes; /* -E: "VAR=value" or "VAR" to unset; argv strings, borrowed */
	size_t n_env_changes;
	char error[256]; /* what is wrong, after -EINVAL */
};

enum option_argument { ARGUMENT_NO, ARGUMENT_YES };

struct option_row {
	char letter;      /* 0: none */
	const char *name; /* NULL: the row is a heading, and help its text */
	enum option_argument argument;
	const char *value; /* the argument in --help: fixed words as "on|off", else a name as "FILE" */
	const char *help;
	/* 0, or -EINVAL after it has filled o->error. value: NULL for an option without argument. */
	int (*set)(struct options *o, const char *value);
};
const struct option_row *option_rows(size_t *ret_n);

/* 0, -EINVAL with o->error filled, or -ENOMEM. */
int options_parse(struct options *o, int argc, char **argv) THR_MUST_CHECK;
void options_release(struct options *o);
void options_help(struct outbuf *out);
void options_version(struct outbuf *out);

#endif

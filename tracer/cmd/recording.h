/* SPDX-License-Identifier: MIT */
/* --record: the tape of a run, from its first record to its last. */
#ifndef TRACER_RECORDING_H
#define TRACER_RECORDING_H

#include "follow/attach.h"
#include "follow/run.h"
#include "observe/observe.h"
#include "tape/tape.h"

/* How a trace was made: what a replay must know before the first question. */
struct tape_head {
	char version[32]; /* thrtrace's */
	char arch[32];    /* of the machine, as struct abi names it */
	enum trace_mode mode;
	bool follow_forks, creators, foreign_filter, syscall_filter_child, lets_go, asks_waits, asks_newborns,
		asks_argv, asks_harm, accounts, asks_leaving, asks_exits, asks_rest, asks_windows, adopts_when_quiet;
	enum prove prove;
	struct call_choice choice;
	pid_t main_tid, command;
	uint64_t t0_ns, deadline_ns; /* struct run */
	size_t argc;
	const char **argv; /* of the program; NULL-terminated; when read it is the head's own */
	struct program_start program;
	struct tape_observed { /* MODE_OBSERVE */
		bool only_thread;
		pid_t helper; /* and the rest: of a program that is started */
		const char *path;
		struct program_facts file;
		bool calls;
		struct tracepoints ids;
	} observed;
	uint64_t many; /* struct attach */
	bool attached; /* -p: what thrtrace came to have before the first report */
	struct attached_process *process;
	size_t n_processes;
	struct attached_task *task;
	size_t n_tasks;
};
/* program: that is observed; NULL. 0 or -ENOMEM. */
int tape_head_of(struct tape_head *ret, const struct run *r, const struct observed *program) THR_MUST_CHECK;
/* Writes or reads it. */
void tape_head_io(struct tape_io *io, struct tape_head *h);
/* With its argv, which the caller of tape_head_of takes out before. */
void tape_head_release(struct tape_head *h);

struct recording;

/* Opens the file. 0 or -errno. */
int recording_open(struct recording **ret, const char *path) THR_MUST_CHECK;
/*
 * From here on what r asks is recorded: the program waits for its start, or is attached to. program: that is observed;
 * NULL. 0 or -ENOMEM.
 */
int recording_begin(struct recording *rec, struct run *r, const struct observed *program) THR_MUST_CHECK;
/* Onto which what else belongs to the record is to go. */
struct tape recording_tape(const struct recording *rec);
/*
 * The trace is over; err: why, when too early. Says on stderr when the record is not whole. NULL, or not begun:
 * nothing.
 */
void recording_end(struct recording *rec, struct run *r, int err);
void recording_free(struct recording *rec);

#endif
